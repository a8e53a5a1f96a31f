import { bytesOf, type Configuration, isMachinePlace } from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import type { Masks } from "../masks/masks.js";
import type { TagTokens } from "../segments/tags.js";

const NONE = new Int32Array(0);
/** Maximum number of forced bytes per look-ahead. */
const MAX_BYTES = 512;

const memos = new WeakMap<Vocabulary, object>();

/**
 * The tokens that must follow. The grammar forces bytes; the model decides which tokens spell them. The bytes are therefore
 * tokenized with the model's tokenizer, and only as far as the result does not depend on what follows: the forced text is
 * tokenized alone and with each possible continuation, and the common prefix is used.
 */
export function forcedTokens(
  vocabulary: Vocabulary,
  masks: Masks,
  configuration: Configuration,
  maxWhitespace: number,
  tags: TagTokens | undefined,
): Int32Array {
  const tag = tags?.forced(configuration);
  if (tag !== undefined) return tag;
  let key = memos.get(vocabulary);
  if (key === undefined) memos.set(vocabulary, (key = {}));
  let tokens = configuration.recall(key) as Int32Array | undefined;
  if (tokens === undefined) {
    tokens =
      vocabulary.tokenize === undefined
        ? onlyChoices(vocabulary, masks, configuration, maxWhitespace)
        : canonicalTokens(vocabulary, vocabulary.tokenize, configuration, maxWhitespace, tags);
    configuration.remember(key, tokens);
  }
  return tokens;
}

/** Without a tokenizer: the tokens for as long as the mask contains a single one. */
function onlyChoices(
  vocabulary: Vocabulary,
  masks: Masks,
  start: Configuration,
  maxWhitespace: number,
): Int32Array {
  const tokens: number[] = [];
  let configuration = start;
  for (let length = 0; length < MAX_BYTES; ) {
    if (configuration.canEnd) break;
    const recipe = masks.recipe(configuration, maxWhitespace, maxWhitespace);
    if (recipe.parts.length > 0 || recipe.doubtful.length > 0) break;
    const only = new Set(recipe.tokens);
    for (const list of recipe.lists) for (const token of list) only.add(token);
    if (only.size !== 1) break;
    const [token] = only;
    let next: Configuration | undefined = configuration;
    for (const byte of vocabulary.tokens[token]) next = next?.step(byte);
    if (next === undefined) break;
    tokens.push(token);
    // The text of the completed item is unknown here.
    if (next.hasPending) break;
    configuration = next;
    length += vocabulary.tokens[token].length;
  }
  return Int32Array.from(tokens);
}

function canonicalTokens(
  vocabulary: Vocabulary,
  tokenize: (text: string) => ArrayLike<number>,
  start: Configuration,
  maxWhitespace: number,
  tags: TagTokens | undefined,
): Int32Array {
  let configuration = start;
  let forced = "";
  while (forced.length < MAX_BYTES && !configuration.canEnd) {
    if (!configuration.inString && maxWhitespace > 0) break;
    const byte = onlyByte(configuration);
    if (byte < 0) break;
    const next = configuration.step(byte);
    if (next === undefined) break;
    forced += String.fromCharCode(byte);
    configuration = next;
    if (next.hasPending || tags?.forced(next) !== undefined) break;
  }
  if (forced.length === 0) return NONE;
  configuration = configuration.resolved;
  const bytes = bytesOf(forced);
  const text = wholeText(bytes);
  if (text.length === 0) return NONE;
  const tokens = tokenize(text);
  let common = configuration.canEnd && configuration.bytes.length === 0 ? tokens.length : -1;
  if (common < 0) {
    common = tokens.length;
    for (const probe of probes(configuration)) {
      const other = tokenize(text + probe);
      let same = 0;
      while (same < common && same < other.length && tokens[same] === other[same]) same++;
      common = same;
      if (common === 0) return NONE;
    }
  }
  // A tokenizer may add to the text (a leading space), so that its tokens are not these bytes.
  const kept: number[] = [];
  let at = 0;
  for (let i = 0; i < common; i++) {
    const own = vocabulary.tokens[tokens[i]];
    if (vocabulary.isSpecial(tokens[i]) || own.length === 0) break;
    let fits = at + own.length <= bytes.length;
    for (let b = 0; fits && b < own.length; b++) fits = own[b] === bytes[at + b];
    if (!fits) break;
    kept.push(tokens[i]);
    at += own.length;
  }
  return Int32Array.from(kept);
}

/** The only byte that can follow, or -1. */
function onlyByte(configuration: Configuration): number {
  if (configuration.inString && configuration.places.some(isMachinePlace)) return -1;
  const { bytes } = configuration;
  return bytes.length === 1 ? bytes[0] : -1;
}

/** The longest prefix that ends at a character boundary. */
function wholeText(bytes: Uint8Array): string {
  let end = bytes.length;
  let back = 0;
  while (back < 3 && back < end && (bytes[end - 1 - back] & 0xc0) === 0x80) back++;
  if (back < end) {
    const lead = bytes[end - 1 - back];
    const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (needs > back + 1) end -= back + 1;
  }
  return new TextDecoder().decode(bytes.subarray(0, end));
}

const STRING_PROBES = [
  "a",
  "A",
  "the",
  "The",
  "0",
  "1",
  " ",
  " a",
  ".",
  ",",
  "-",
  "_",
  "/",
  ":",
  "\\",
  '"',
  '",',
  '":',
  "(",
  "[",
  "{",
  "<",
  "#",
  "@",
  "$",
  "é",
  "中",
];

/** Outside of JSON, line breaks are literal. */
const TEXT_PROBES = [...STRING_PROBES, "\n", "\n\n"];
/** If more bytes may follow than between the tokens of a document, the text counts as free. */
const MANY_BYTES = 32;

/** Prefixes of possible continuations of the forced text, one for each kind that tokenizers treat differently. */
function probes(configuration: Configuration): readonly string[] {
  if (configuration.inString && configuration.places.some(isMachinePlace)) return STRING_PROBES;
  if (configuration.bytes.length > MANY_BYTES) return TEXT_PROBES;
  return configuration.bytes
    .filter((byte) => byte < 0x80)
    .flatMap((byte) => continuations(String.fromCharCode(byte)));
}

function continuations(ch: string): string[] {
  switch (ch) {
    case '"':
      return ['"', '"a', '"A', '"0', '" ', '"/', '"}', '",', '":'];
    case "{":
      return ["{", '{"', "{}"];
    case "[":
      return ["[", '["', "[{", "[]", "[1"];
    case ",":
      return [",", ',"', ",{", ",1", ",t", ",["];
    case "}":
      return ["}", "},", "}}", "}]"];
    case "]":
      return ["]", "],", "]}", "]]"];
    default:
      return [ch, `${ch}a`, `${ch}1`];
  }
}
