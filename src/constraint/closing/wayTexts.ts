import { type Binary, isNumberByte } from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const SLASH = 0x2f;

/** The position at the start of the ending; `word` is inside a number or a word. */
export type Inside = "string" | "word" | "nothing";

/**
 * The keys, strings, numbers and words in endings. If keys or items must differ, the ending changes only after a text that the
 * ending itself uses: tokens that lead to the same configuration with any other text have the same ending.
 */
export class WayTexts {
  private readonly texts = new Set<Binary>();
  private readonly beginnings = new Set<Binary>();
  /** The part of a string (with its opening quote), number or word before the tokens. */
  private readonly begun: Binary;

  constructor(begun: Binary) {
    this.begun = begun;
  }

  /** `inside`: what the ending starts inside of; the rest of that is not a separate text. */
  add(way: Binary, inside: Inside): void {
    for (const text of textsOf(way, inside)) {
      if (this.texts.has(text)) continue;
      this.texts.add(text);
      for (let length = 1; length <= text.length; length++) this.beginnings.add(text.slice(0, length));
    }
  }

  /** Whether all texts of the ending are known here. */
  holds(way: Binary, inside: Inside): boolean {
    for (const text of textsOf(way, inside)) if (!this.texts.has(text)) return false;
    return true;
  }

  /** Whether the ending depends on the text that the token starts or completes. */
  matters(bytes: Uint8Array): boolean {
    let text = this.begun;
    let isString = text.charCodeAt(0) === QUOTE;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (isString) {
        text += String.fromCharCode(byte);
        if (byte === BACKSLASH && i + 1 < bytes.length) text += String.fromCharCode(bytes[++i]);
        else if (byte === QUOTE) {
          if (this.texts.has(text) || isOtherSpelling(text)) return true;
          text = "";
          isString = false;
        }
      } else if (byte === QUOTE) {
        text = '"';
        isString = true;
      } else if (isWordByte(byte)) text += String.fromCharCode(byte);
      else if (text !== "") {
        if (this.texts.has(text) || isOtherSpelling(text)) return true;
        text = "";
      }
    }
    return text !== "" && (this.beginnings.has(text) || isOtherSpelling(text));
  }

  /** Adds the tokens that continue a text of the ending; false if any token may. */
  addAlong({ trie }: Vocabulary, found: Set<number>): boolean {
    if (isOtherSpelling(this.begun)) return false;
    for (const text of this.texts) {
      if (!text.startsWith(this.begun)) continue;
      let node = 0;
      for (let at = this.begun.length; at < text.length; at++) {
        node = trie.child(node, text.charCodeAt(at));
        if (node < 0) break;
        for (let i = trie.first[node]; i < trie.first[node + 1]; i++) found.add(trie.payload[i]);
      }
    }
    return true;
  }
}

/** Strings with their quotes, numbers and words. */
function* textsOf(way: Binary, inside: Inside): Generator<Binary, void, undefined> {
  let from = inside === "nothing" ? 0 : endOf(way, 0, inside === "string");
  while (from < way.length) {
    const byte = way.charCodeAt(from);
    if (byte !== QUOTE && !isWordByte(byte)) from++;
    else {
      const to = endOf(way, byte === QUOTE ? from + 1 : from, byte === QUOTE);
      yield way.slice(from, to);
      from = to;
    }
  }
}

/** The end of the string, number or word that contains `at`. */
function endOf(way: Binary, at: number, isString: boolean): number {
  if (!isString) {
    while (at < way.length && isWordByte(way.charCodeAt(at))) at++;
    return at;
  }
  for (; at < way.length; at++) {
    const byte = way.charCodeAt(at);
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at + 1;
  }
  return way.length;
}

function isWordByte(byte: number): boolean {
  return isNumberByte(byte) || (byte >= 0x61 && byte <= 0x7a);
}

/** Whether the text may be another spelling of one without such escapes, or of an integer. */
function isOtherSpelling(text: Binary): boolean {
  return text.charCodeAt(0) === QUOTE ? hasOtherEscape(text) : /[.eE]|^-0/.test(text) && /^[-0-9]/.test(text);
}

/** Whether the text has, or may continue with, an escape of a character that needs none. */
export function hasOtherEscape(text: Binary): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== BACKSLASH) continue;
    const escaped = text.charCodeAt(++at);
    if (Number.isNaN(escaped) || escaped === LOWER_U || escaped === SLASH) return true;
  }
  return false;
}
