import { Vocabulary } from "../../vocabulary/index.js";

const encoder = new TextEncoder();

// Tokens that span the places where grammars turn: keys with their colon, ends with the comma after them.
const WORDS = [
  ...['{"', '":', '",', '"}', '","', '":"', "[]", "{}", "],", "}]", "},{", '["', '"]', "[[", "]]"],
  ...["true", "false", "null", "tr", "ue", "nul", "12", "00", "10", "0.", ".5", "-1", "1,", "2]", "1e"],
  ...[
    '"a',
    '"b',
    'a"',
    'a":',
    '"a":',
    '{"a":',
    "aa",
    "ab",
    "bb",
    '"aa"',
    "\\n",
    '\\"',
    "\\u00",
    "e9",
    '":1',
    '"":',
  ],
  ...[" ", "  ", "\n  ", ": ", ", ", '": ', ' "', "} ", "é", "💩", "\ud83d\udca9é"],
  // Characters that begin alike, of which patterns take some: spaces beyond ASCII, and what stands beside them.
  ...["，", "\ufeff", "\u3000", "、", "\u00a0", "è", "aé", "é，", "\u2028"],
];

/** A token a byte, some words, and the end: small enough to try each of them everywhere. */
export function smallVocabulary(): Vocabulary {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  for (const word of WORDS) tokens.push(encoder.encode(word));
  // The halves of an emoji, as byte-pair vocabularies have them.
  const emoji = encoder.encode("💩");
  tokens.push(emoji.slice(0, 2), emoji.slice(1), emoji.slice(2));
  const eos = tokens.length;
  tokens.push(new Uint8Array(0));
  return new Vocabulary({
    tokens,
    special: [eos],
    eos,
    tokenize: (text) => longestMatch(tokens, encoder.encode(text)),
  });
}

const UNITS = [
  ..."aabbcxyz019 -..,:{}[]\n",
  '"',
  "\\",
  "é",
  "中",
  "\u3000",
  "\\u00e9",
  "\\n",
  "the",
  "12",
  "  ",
];

/** A token a byte and `count` others of up to six pieces each, among them quotes, escapes and broken characters. */
export function largerVocabulary(count: number): Vocabulary {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < count; i++) {
    const text = Array.from({ length: 2 + random(5) }, () => UNITS[random(UNITS.length)]).join("");
    const bytes = encoder.encode(text);
    tokens.push(random(8) === 0 ? bytes.slice(0, -1) : random(8) === 0 ? bytes.slice(1) : bytes);
  }
  const eos = tokens.length;
  tokens.push(new Uint8Array(0));
  return new Vocabulary({ tokens, special: [eos], eos });
}

/** The tokenizer of the vocabulary: the longest token that fits, from the left. */
function longestMatch(tokens: readonly Uint8Array[], bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let best = bytes[at];
    for (let id = 256; id < tokens.length; id++) {
      const token = tokens[id];
      if (token.length <= tokens[best].length || at + token.length > bytes.length) continue;
      if (token.every((byte, index) => bytes[at + index] === byte)) best = id;
    }
    found.push(best);
    at += tokens[best].length;
  }
  return found;
}

/** Whether bit `token` of the mask is set. */
export function allows(mask: Uint32Array, token: number): boolean {
  return ((mask[token >>> 5] >>> (token & 31)) & 1) === 1;
}

/** The ids whose bits are set. */
export function allowedTokens(mask: Uint32Array, size: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < size; id++) if (allows(mask, id)) ids.push(id);
  return ids;
}
