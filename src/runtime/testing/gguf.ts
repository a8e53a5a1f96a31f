/** Writes small GGUF files for tests. */

export type GgufValue =
  | string
  | number
  | boolean
  | readonly (string | Uint8Array)[]
  | Int32Array
  | Float32Array;

export interface GgufTensorData {
  name: string;
  /** Fastest first, as GGUF has it. */
  dimensions: readonly number[];
  values: Float32Array;
}

const ALIGNMENT = 32;

/** A float among integers: `float(1e-5)`. */
export function float(value: number): Float32Array {
  return Float32Array.of(value);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function rawBytes(array: Int32Array | Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** A `Float32Array` of one element is a single number, a longer one a list. */
function encode(value: GgufValue): Buffer {
  if (typeof value === "string") return Buffer.concat([u32(8), text(value)]);
  if (typeof value === "number") return Buffer.concat([u32(4), u32(value)]);
  if (typeof value === "boolean") return Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])]);
  if (value instanceof Float32Array && value.length === 1) return Buffer.concat([u32(6), rawBytes(value)]);
  if (value instanceof Int32Array || value instanceof Float32Array) {
    const type = value instanceof Int32Array ? 5 : 6;
    return Buffer.concat([u32(9), u32(type), u64(value.length), rawBytes(value)]);
  }
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
}

/** A whole file with `pairs` and `tensors` of 32-bit floats. */
export function ggufBytes(pairs: Record<string, GgufValue>, tensors: readonly GgufTensorData[] = []): Buffer {
  const entries = Object.entries(pairs);
  const descriptions: Buffer[] = [];
  const weights: Buffer[] = [];
  let offset = 0;
  for (const { name, dimensions, values } of tensors) {
    descriptions.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset));
    const bytes = rawBytes(values);
    weights.push(bytes, padding(bytes.length));
    offset += bytes.length + padding(bytes.length).length;
  }
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), encode(value)]),
    ...descriptions,
  ]);
  return Buffer.concat([header, padding(header.length), ...weights]);
}
