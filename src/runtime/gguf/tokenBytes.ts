/** What the tokens of a GGUF file stand for, by the kind of its tokenizer. */
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

/**
 * GPT-2's spelling of bytes: printable ones stand for themselves, the others for the characters from U+0100
 * on, in order. The table maps a character's code to its byte, or -1.
 */
const BYTE_OF_CHARACTER = (() => {
  const table = new Int16Array(0x144).fill(-1);
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    table[printable ? byte : next++] = byte;
  }
  return table;
})();

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The bytes that a byte-level token spells, or null where it is not such a spelling. */
export function byteLevelBytes(spelling: Uint8Array): Uint8Array | null {
  const text = decoder.decode(spelling);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = BYTE_OF_CHARACTER[text.charCodeAt(i)] ?? -1;
    if (byte < 0) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** `<0x0A>` -> 10; -1 for any other spelling. */
export function byteTokenValue(spelling: Uint8Array): number {
  const match = /^<0x([0-9A-Fa-f]{2})>$/.exec(decoder.decode(spelling));
  return match === null ? -1 : Number.parseInt(match[1], 16);
}

/** SentencePiece writes a space as U+2581. */
export function sentencePieceBytes(spelling: Uint8Array): Uint8Array {
  const marked = spelling.includes(0xe2);
  return marked ? encoder.encode(decoder.decode(spelling).replaceAll("\u2581", " ")) : spelling.slice();
}

export interface TokenTable {
  tokens: Uint8Array[];
  /** Ids that never stand for text, ends of turns not counted in. */
  special: number[];
}

/** The tokens of the file, or null for a tokenizer this reader does not know. */
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
