/** Decodes the tokens of a GGUF file to bytes, by the kind of its tokenizer. */
import { byteLevelBytes, byteTokenValue, sentencePieceBytes } from "../../vocabulary/index.js";
import type { GgufHeader } from "./header.js";

/** `bpe`: bytes spelled as printable characters (GPT-2). `spm`, `ugm`: SentencePiece. `wpm`: WordPiece. */
export type TokenizerKind = "bpe" | "spm" | "ugm" | "wpm" | "other" | "none";

const NORMAL = 1;
const USER_DEFINED = 4;
const BYTE = 6;

/** `tokenizer.ggml.model` -> kind. */
const KINDS: Record<string, TokenizerKind> = {
  gpt2: "bpe",
  llama: "spm",
  t5: "ugm",
  bert: "wpm",
  none: "none",
  no_vocab: "none",
};

export function tokenizerKind(header: GgufHeader): TokenizerKind {
  const model = header.scalars.get("tokenizer.ggml.model");
  if (model === undefined) return "none";
  return KINDS[String(model)] ?? "other";
}

export interface TokenTable {
  tokens: Uint8Array[];
  /** Ids of tokens that are not text, except ends of turns. */
  special: number[];
}

/** The tokens of the file; null for an unknown kind of tokenizer. */
export function tokenTable(header: GgufHeader): TokenTable | null {
  const kind = tokenizerKind(header);
  const spellings = header.arrays.get("tokenizer.ggml.tokens");
  if (kind === "none" || kind === "other" || !Array.isArray(spellings)) return null;
  const types = header.arrays.get("tokenizer.ggml.token_type");
  const tokens: Uint8Array[] = new Array(spellings.length);
  const special: number[] = [];
  for (let id = 0; id < spellings.length; id++) {
    const spelling = spellings[id];
    const type = Array.isArray(types) ? NORMAL : (types?.[id] ?? NORMAL);
    let bytes: Uint8Array | null = null;
    if (type === BYTE) {
      const value = byteTokenValue(spelling);
      bytes = value < 0 ? null : Uint8Array.of(value);
    } else if (type === USER_DEFINED) {
      bytes = kind === "bpe" ? spelling.slice() : sentencePieceBytes(spelling);
    } else if (type === NORMAL) {
      bytes = kind === "bpe" ? byteLevelBytes(spelling) : sentencePieceBytes(spelling);
    }
    if (bytes === null) special.push(id);
    tokens[id] = bytes ?? spelling.slice();
  }
  return { tokens, special };
}
