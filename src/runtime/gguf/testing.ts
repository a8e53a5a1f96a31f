/** Writes small GGUF files for tests. */

type Value = string | number | boolean | readonly (string | Uint8Array)[] | Int32Array;

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

function encode(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([u32(8), text(value)]);
  if (typeof value === "number") return Buffer.concat([u32(4), u32(value)]);
  if (typeof value === "boolean") return Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])]);
  if (value instanceof Int32Array) {
    return Buffer.concat([
      u32(9),
      u32(5),
      u64(value.length),
      Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    ]);
  }
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
}

/** A header with `pairs` and no tensors. */
export function ggufBytes(pairs: Record<string, Value>): Buffer {
  const entries = Object.entries(pairs);
  return Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(0),
    u64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), encode(value)]),
  ]);
}
