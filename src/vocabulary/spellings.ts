/** How tokenizer files spell the bytes of a token. */

/**
 * GPT-2's spelling of bytes: printable ones as themselves, the others as the characters from U+0100, in order. The table maps a
 * character's code to its byte, or -1.
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

/** The bytes of a byte-level spelling; null if it is not one. */
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

const CHARACTER_OF_BYTE = (() => {
  const characters: string[] = new Array(256);
  for (let code = 0; code < BYTE_OF_CHARACTER.length; code++) {
    if (BYTE_OF_CHARACTER[code] >= 0) characters[BYTE_OF_CHARACTER[code]] = String.fromCharCode(code);
  }
  return characters;
})();

/** The byte-level spelling of `text`. */
export function byteLevelSpelling(text: string): string {
  let spelled = "";
  for (const byte of encoder.encode(text)) spelled += CHARACTER_OF_BYTE[byte];
  return spelled;
}
