import { Subtrees } from "./subtrees.js";
import { Trie } from "./trie.js";

/** Tables computed from the tokens of a vocabulary, which can be cached. */
export interface VocabularyTables {
  /** All tokens that are text. */
  readonly trie: Trie;
  readonly subtrees: Subtrees;
  /** The tokens that start with JSON white space and continue, by what follows it. */
  readonly afterSpaces: Trie;
}

/** The parts of a vocabulary from which the tables are computed. */
export interface TokenTexts {
  readonly tokens: readonly Uint8Array[];
  readonly size: number;
  isSpecial(token: number): boolean;
}

export function makeTrie({ tokens, size, isSpecial }: TokenTexts): Trie {
  const ids: number[] = [];
  for (let id = 0; id < size; id++) if (!isSpecial(id) && tokens[id].length > 0) ids.push(id);
  return Trie.of(
    ids.map((id) => tokens[id]),
    ids,
  );
}

export function makeTables(texts: TokenTexts, trie: Trie): VocabularyTables {
  const rests: Uint8Array[] = [];
  const ids: number[] = [];
  for (let id = 0; id < texts.size; id++) {
    const run = texts.isSpecial(id) ? 0 : spacesBefore(texts.tokens[id]);
    if (run === 0 || run === texts.tokens[id].length) continue;
    rests.push(texts.tokens[id].subarray(run));
    ids.push(id);
  }
  return { trie, subtrees: Subtrees.of(trie), afterSpaces: Trie.of(rests, ids) };
}

/** JSON white space at the start of a text. */
export function spacesBefore(bytes: Uint8Array): number {
  let run = 0;
  while (run < bytes.length && isSpace(bytes[run])) run++;
  return run;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Incremented when the content or layout of tables changes; older files are rebuilt. */
export const TABLES_VERSION = 1;
const MAGIC = 0x4654_4231;
/** Words of the header: magic number, version, checksum, length in words, then the length in bytes of each array. */
const HEADER = 4;
const ARRAYS = 13;

function arraysOf({ trie, subtrees, afterSpaces }: VocabularyTables): readonly (Uint8Array | Int32Array)[] {
  return [
    ...[trie.byte, trie.end, trie.depth, trie.first, trie.payload],
    ...[subtrees.records, subtrees.marks, subtrees.sets],
    ...[afterSpaces.byte, afterSpaces.end, afterSpaces.depth, afterSpaces.first, afterSpaces.payload],
  ];
}

/**
 * The tables as bytes, in this machine's byte order: a header, then the arrays, aligned to four bytes. With `shared`, in memory
 * that threads can share.
 */
export function packTables(tables: VocabularyTables, shared = false): Uint8Array {
  const arrays = arraysOf(tables);
  let words = HEADER + ARRAYS;
  for (const array of arrays) words += (array.byteLength + 3) >>> 2;
  const buffer = shared ? new SharedArrayBuffer(words * 4) : new ArrayBuffer(words * 4);
  const packed = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  let at = (HEADER + ARRAYS) * 4;
  arrays.forEach((array, i) => {
    packed[HEADER + i] = array.byteLength;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += ((array.byteLength + 3) >>> 2) * 4;
  });
  packed[0] = MAGIC;
  packed[1] = TABLES_VERSION;
  packed[3] = words;
  packed[2] = checksum(packed);
  return bytes;
}

/**
 * The tables over the same memory, without a copy; undefined unless the bytes are intact tables of this version and byte order.
 */
export function unpackTables(bytes: Uint8Array): VocabularyTables | undefined {
  if (bytes.byteLength % 4 !== 0 || bytes.byteLength < (HEADER + ARRAYS) * 4) return undefined;
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const packed = new Int32Array(buffer, byteOffset, bytes.byteLength >>> 2);
  if (packed[0] !== MAGIC || packed[1] !== TABLES_VERSION || packed[3] !== packed.length) return undefined;
  if (packed[2] !== checksum(packed)) return undefined;
  let at = byteOffset + (HEADER + ARRAYS) * 4;
  const next = (index: number): [ArrayBufferLike, number, number] => {
    const from = at;
    at += ((packed[HEADER + index] + 3) >>> 2) * 4;
    return [buffer, from, packed[HEADER + index]];
  };
  const small = (index: number) => new Uint8Array(...next(index));
  const large = (index: number) => {
    const [memory, from, length] = next(index);
    return new Int32Array(memory, from, length >>> 2);
  };
  const trie = (index: number) =>
    new Trie({
      byte: small(index),
      end: large(index + 1),
      depth: large(index + 2),
      first: large(index + 3),
      payload: large(index + 4),
    });
  return {
    trie: trie(0),
    subtrees: new Subtrees({ records: large(5), marks: large(6), sets: large(7) }),
    afterSpaces: trie(8),
  };
}

/** Checksum of all words except its own. */
function checksum(packed: Int32Array): number {
  let sum = 0x811c_9dc5 | 0;
  for (let i = 0; i < packed.length; i++)
    if (i !== 2) sum = Math.imul(sum ^ packed[i], 0x0100_0193) ^ (sum >>> 15);
  return sum;
}
