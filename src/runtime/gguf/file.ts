/** Small GGUF files, written from values. */
import { type NewTensor, text, u32, u64, writeGguf } from "./writer.js";

export type GgufValue =
  | string
  | number
  | boolean
  | readonly (string | Uint8Array)[]
  | Int32Array
  | Float32Array;

export interface GgufTensorData {
  name: string;
  /** Fastest-changing dimension first, as in GGUF. */
  dimensions: readonly number[];
  values: Float32Array;
}

/** A float among integers: `float(1e-5)`. */
export function float(value: number): Float32Array {
  return Float32Array.of(value);
}

function rawBytes(array: Int32Array | Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** A `Float32Array` with one element is a number, a longer one a list. */
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

const F32 = 0;

/** A complete file with `pairs` and `tensors` of 32-bit floats, or of any kind. */
export function ggufBytes(
  pairs: Record<string, GgufValue>,
  tensors: readonly (GgufTensorData | NewTensor)[] = [],
): Buffer {
  const entries = Object.entries(pairs);
  const pieces: Uint8Array[] = [];
  writeGguf(
    (piece) => pieces.push(piece),
    {
      bytes: Buffer.concat(entries.flatMap(([key, value]) => [text(key), encode(value)])),
      count: entries.length,
    },
    tensors.map((tensor) =>
      "data" in tensor
        ? tensor
        : { ...tensor, type: F32, bytes: tensor.values.byteLength, data: () => tensor.values },
    ),
  );
  return Buffer.concat(pieces);
}
