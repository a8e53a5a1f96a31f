/** Writes GGUF files; `header.ts` reads them and describes the format. */

/** Key-value pairs in the file's encoding. */
export interface Pairs {
  bytes: Uint8Array;
  count: number;
}

/** A tensor to write; its data is requested once, when it is written. */
export interface NewTensor {
  name: string;
  dimensions: readonly number[];
  type: number;
  /** Length of `data` in bytes. */
  bytes: number;
  data(): Uint8Array | Uint16Array | Float32Array;
}

const MAGIC = 0x46554747;
const VERSION = 3;
const FLOAT = 6;
const STRING = 8;

/** Pairs of texts and of numbers, which are stored as 32-bit floats. */
export function pairs(values: Readonly<Record<string, string | number>>): Pairs {
  const bytes = Object.entries(values).flatMap(([key, value]) => [
    text(key),
    typeof value === "string"
      ? Buffer.concat([u32(STRING), text(value)])
      : Buffer.concat([u32(FLOAT), f32(value)]),
  ]);
  return { bytes: Buffer.concat(bytes), count: Object.keys(values).length };
}

/** Passes a complete file to `sink`, piece by piece. `alignment`: `general.alignment` of the pairs, default 32. */
export function writeGguf(
  sink: (bytes: Uint8Array) => void,
  { bytes, count }: Pairs,
  tensors: readonly NewTensor[],
  alignment = 32,
): void {
  const aligned = (size: number) => Math.ceil(size / alignment) * alignment;
  let written = 0;
  const put = (piece: Uint8Array) => {
    sink(piece);
    written += piece.length;
  };
  const fill = () => put(new Uint8Array(aligned(written) - written));
  put(Buffer.concat([u32(MAGIC), u32(VERSION), u64(tensors.length), u64(count), bytes]));
  let offset = 0;
  for (const { name, dimensions, type, bytes: size } of tensors) {
    put(Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)]));
    offset += aligned(size);
  }
  fill();
  for (const tensor of tensors) {
    const { buffer, byteOffset, byteLength } = tensor.data();
    put(new Uint8Array(buffer, byteOffset, byteLength));
    fill();
  }
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A text, or bytes, preceded by its length. */
export function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u64(bytes.length), bytes]);
}
