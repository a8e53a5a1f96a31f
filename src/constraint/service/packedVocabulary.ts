import { packTables, unpackTables, Vocabulary } from "../../vocabulary/index.js";
import type { PackedVocabulary } from "./messages.js";

/** Copies `vocabulary` to shared memory, without the tokenizer, which is native and belongs to its thread. */
export function packVocabulary(vocabulary: Vocabulary): PackedVocabulary {
  const { tokens, size } = vocabulary;
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (size + 1)));
  for (let id = 0; id < size; id++) offsets[id + 1] = offsets[id] + tokens[id].length;
  const bytes = new Uint8Array(new SharedArrayBuffer(offsets[size]));
  for (let id = 0; id < size; id++) bytes.set(tokens[id], offsets[id]);
  const special: number[] = [];
  for (let id = 0; id < size; id++) if (vocabulary.isSpecial(id)) special.push(id);
  return { bytes, offsets, special, ends: vocabulary.ends, tables: packTables(vocabulary.tables, true) };
}

/** The packed vocabulary, over the same memory. */
export function unpackVocabulary({ bytes, offsets, special, ends, tables }: PackedVocabulary): Vocabulary {
  const tokens: Uint8Array[] = new Array(offsets.length - 1);
  for (let id = 0; id < tokens.length; id++) tokens[id] = bytes.subarray(offsets[id], offsets[id + 1]);
  const vocabulary = new Vocabulary({ tokens, special, eos: ends });
  const kept = unpackTables(tables);
  if (kept !== undefined) vocabulary.adopt(kept);
  return vocabulary;
}
