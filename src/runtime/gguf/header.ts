/**
 * Reads the header of a GGUF file: everything before the weights. The format: magic, version, two counts, then key-value pairs (key,
 * type, value) and one description per tensor. Integers are little-endian; a string is a 64-bit length followed by its bytes.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { FormworkError } from "../../errors.js";

export type GgufScalar = number | bigint | boolean | string;

/** Strings in an array remain bytes, because tokens need not be valid UTF-8. */
export type GgufArray = Uint8Array[] | Float64Array;

export interface GgufTensor {
  name: string;
  dimensions: number[];
  type: number;
  /** Offset from the start of the weights. */
  offset: number;
}

/** The lists of a header by key, read on demand. */
export interface GgufArrays {
  get(key: string): GgufArray | undefined;
}

export interface GgufHeader {
  version: number;
  fileBytes: number;
  scalars: ReadonlyMap<string, GgufScalar>;
  arrays: GgufArrays;
  tensors: readonly GgufTensor[];
  /** Offset of the tensors' descriptions in the file, after the last key-value pair. */
  tensorsOffset: number;
  alignment: number;
  /** Offset of the weights in the file. */
  dataOffset: number;
}

const MAGIC = 0x46554747;
const STRING = 8;
const ARRAY = 9;
/** Bytes of a value by type number; strings and arrays have no fixed size. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const MAX_STRING = 1 << 26;
const MAX_COUNT = 1 << 27;

const decoder = new TextDecoder();

class Reader {
  at = 0;
  private bytes = Buffer.alloc(0);
  private view = new DataView(new ArrayBuffer(0));
  private readonly path: string;
  private readonly descriptor: number;
  readonly fileBytes: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
    this.fileBytes = fstatSync(descriptor).size;
  }

  fail(reason: string): never {
    throw new FormworkError(
      "model_unavailable",
      `${this.path} is not a complete GGUF model file: ${reason}. Check the path, or download the file again.`,
    );
  }

  /** Makes the next `count` bytes available and skips them; returns their offset. */
  take(count: number): number {
    const from = this.at;
    const end = from + count;
    if (end > this.fileBytes) this.fail(`it ends after ${this.fileBytes} bytes, inside its header`);
    if (end > this.bytes.length) {
      // A header is read in a few large steps; it rarely exceeds ten megabytes.
      const grown = Buffer.allocUnsafe(
        Math.min(this.fileBytes, Math.max(end, this.bytes.length * 2, 1 << 21)),
      );
      this.bytes.copy(grown);
      let filled = this.bytes.length;
      while (filled < grown.length) {
        const got = readSync(this.descriptor, grown, filled, grown.length - filled, filled);
        if (got === 0) this.fail("it became shorter while it was read");
        filled += got;
      }
      this.bytes = grown;
      this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
    }
    this.at = end;
    return from;
  }

  u32(): number {
    const from = this.take(4);
    return this.bytes.readUInt32LE(from);
  }

  /** A count or a length; one above `most` indicates a damaged file. */
  count(most: number, what: string): number {
    const from = this.take(8);
    const value = this.bytes.readUInt32LE(from) + this.bytes.readUInt32LE(from + 4) * 2 ** 32;
    if (value > most) this.fail(`${what} is ${value}`);
    return value;
  }

  text(): string {
    const length = this.count(MAX_STRING, "the length of a text");
    const from = this.take(length);
    return decoder.decode(this.bytes.subarray(from, from + length));
  }

  /** Skips `count` strings; the returned function extracts them later. */
  strings(count: number): () => Uint8Array[] {
    const start = this.at;
    let { view } = this;
    let at = start;
    // Runs for every token and every merge at each start: no calls while the text is short and has been read.
    for (let i = 0; i < count; i++) {
      const length = at + 8 <= view.byteLength ? view.getUint32(at, true) : view.byteLength;
      if (at + 8 + length <= view.byteLength && view.getUint32(at + 4, true) === 0) {
        at += 8 + length;
        continue;
      }
      this.at = at;
      this.take(this.count(MAX_STRING, "the length of a text"));
      at = this.at;
      view = this.view;
    }
    this.at = at;
    return () => {
      const { bytes } = this;
      const strings: Uint8Array[] = new Array(count);
      let at = start;
      for (let i = 0; i < count; i++) {
        const length = bytes.readUInt32LE(at);
        strings[i] = bytes.subarray(at + 8, at + 8 + length);
        at += 8 + length;
      }
      return strings;
    };
  }

  scalar(type: number): GgufScalar {
    return type === STRING ? this.text() : this.scalarAt(type, this.take(this.sizeOf(type)));
  }

  private sizeOf(type: number): number {
    const size = SIZES[type];
    if (size === undefined || size === 0) this.fail(`it holds a value of unknown type ${type}`);
    return size;
  }

  private scalarAt(type: number, at: number): number | bigint | boolean {
    const { bytes } = this;
    switch (type) {
      case 0:
        return bytes.readUInt8(at);
      case 1:
        return bytes.readInt8(at);
      case 2:
        return bytes.readUInt16LE(at);
      case 3:
        return bytes.readInt16LE(at);
      case 4:
        return bytes.readUInt32LE(at);
      case 5:
        return bytes.readInt32LE(at);
      case 6:
        return bytes.readFloatLE(at);
      case 7:
        return bytes.readUInt8(at) !== 0;
      case 10:
        return bytes.readBigUInt64LE(at);
      case 11:
        return bytes.readBigInt64LE(at);
      default:
        return bytes.readDoubleLE(at);
    }
  }

  array(): () => GgufArray {
    const type = this.u32();
    const count = this.count(MAX_COUNT, "the length of a list");
    if (type === ARRAY) this.fail("it holds a list of lists");
    if (type === STRING) return this.strings(count);
    const size = this.sizeOf(type);
    const start = this.take(count * size);
    return () => {
      const numbers = new Float64Array(count);
      for (let i = 0; i < count; i++) numbers[i] = Number(this.scalarAt(type, start + i * size));
      return numbers;
    };
  }
}

class LazyArrays implements GgufArrays {
  private readonly unread = new Map<string, () => GgufArray>();
  private readonly read = new Map<string, GgufArray>();

  set(key: string, read: () => GgufArray): void {
    this.unread.set(key, read);
  }

  get(key: string): GgufArray | undefined {
    let array = this.read.get(key);
    if (array === undefined) {
      array = this.unread.get(key)?.();
      if (array !== undefined) this.read.set(key, array);
    }
    return array;
  }
}

/** Reads the header of the file at `path`. Throws `model_unavailable` if it is missing, damaged or not a GGUF file. */
export function readGgufHeader(path: string): GgufHeader {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new FormworkError("model_unavailable", `There is no readable model file at ${path}.`, { cause });
  }
  try {
    return parse(new Reader(path, descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function parse(reader: Reader): GgufHeader {
  if (reader.fileBytes < 24 || reader.u32() !== MAGIC) reader.fail("it does not begin with GGUF");
  const version = reader.u32();
  if (version !== 2 && version !== 3) reader.fail(`its version is ${version}`);
  const tensorCount = reader.count(1 << 20, "the number of tensors");
  const pairCount = reader.count(1 << 20, "the number of keys");
  const scalars = new Map<string, GgufScalar>();
  const arrays = new LazyArrays();
  for (let i = 0; i < pairCount; i++) {
    const key = reader.text();
    const type = reader.u32();
    if (type === ARRAY) arrays.set(key, reader.array());
    else scalars.set(key, reader.scalar(type));
  }
  const tensorsOffset = reader.at;
  const tensors: GgufTensor[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = reader.text();
    const rank = reader.u32();
    if (rank > 8) reader.fail(`tensor ${name} has ${rank} dimensions`);
    const dimensions: number[] = [];
    for (let d = 0; d < rank; d++)
      dimensions.push(reader.count(Number.MAX_SAFE_INTEGER, `a dimension of ${name}`));
    const type = reader.u32();
    tensors.push({
      name,
      dimensions,
      type,
      offset: reader.count(Number.MAX_SAFE_INTEGER, `the offset of ${name}`),
    });
  }
  const alignment = Number(scalars.get("general.alignment") ?? 32);
  const dataOffset = Math.ceil(reader.at / alignment) * alignment;
  const last = tensors.reduce((most, tensor) => Math.max(most, tensor.offset), 0);
  if (tensors.length > 0 && dataOffset + last >= reader.fileBytes) {
    reader.fail(`it ends after ${reader.fileBytes} bytes, before its last weights`);
  }
  return {
    version,
    fileBytes: reader.fileBytes,
    scalars,
    arrays,
    tensors,
    tensorsOffset,
    alignment,
    dataOffset,
  };
}
