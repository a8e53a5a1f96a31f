import { Vocabulary } from "../../vocabulary/index.js";

/** Texts of the control tokens after the 256 bytes, in order: the end of a turn, then the roles. */
export const CONTROL_TOKENS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"] as const;

const utf8 = new TextEncoder();

/** Splits bytes into the longest matching tokens, from the left. Skips bytes that are not in the vocabulary. */
export function longestMatch(tokens: readonly Uint8Array[], usable: (id: number) => boolean) {
  const ids = new Map<string, number>();
  let longest = 1;
  const key = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  for (let id = 0; id < tokens.length; id++) {
    if (tokens[id].length === 0 || !usable(id)) continue;
    const spelled = key(tokens[id]);
    if (!ids.has(spelled)) ids.set(spelled, id);
    longest = Math.max(longest, tokens[id].length);
  }
  return (text: string): Int32Array => {
    const bytes = utf8.encode(text);
    const found: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      let length = Math.min(longest, bytes.length - at);
      let id: number | undefined;
      while (length > 0) {
        id = ids.get(key(bytes.subarray(at, at + length)));
        if (id !== undefined) break;
        length--;
      }
      if (id !== undefined) found.push(id);
      at += Math.max(1, length);
    }
    return Int32Array.from(found);
  };
}

/** One token per byte (id = byte), four control tokens (256 ends a document), then one token per word of `words`. */
export function byteVocabulary(words: readonly string[] = []): Vocabulary {
  const tokens: Uint8Array[] = [];
  for (let byte = 0; byte < 256; byte++) tokens.push(Uint8Array.of(byte));
  const special: number[] = [];
  for (const control of CONTROL_TOKENS) {
    special.push(tokens.length);
    tokens.push(utf8.encode(control));
  }
  for (const word of words) tokens.push(utf8.encode(word));
  return new Vocabulary({
    tokens,
    special,
    eos: 256,
    tokenize: longestMatch(tokens, (id) => !special.includes(id)),
  });
}
