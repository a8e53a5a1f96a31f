// The spelling of escapes (RFC 8259, section 7).

/** Length in bytes of the longest spelling of a character, an escape. */
export const MAX_ESCAPE = 6;

/** The characters of `\b \f \n \r \t \" \\ \/`, by letter; 0 for none. */
export const SHORT_ESCAPES = new Uint8Array(256);
for (const [letter, byte] of [
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ['"', 34],
  ["\\", 92],
  ["/", 47],
] as const) {
  SHORT_ESCAPES[letter.charCodeAt(0)] = byte;
}

/** By character: the letter of its short escape; 0 for none. */
export const SHORT_LETTER = new Uint8Array(256);
for (let letter = 0; letter < 256; letter++)
  if (SHORT_ESCAPES[letter] !== 0) SHORT_LETTER[SHORT_ESCAPES[letter]] = letter;

/** By control character: 1 if it has a short escape, which is then the canonical one. */
export const CONTROL_BY_SHORT = new Uint8Array(32);
for (const byte of [8, 9, 10, 12, 13]) CONTROL_BY_SHORT[byte] = 1;

/** `value` is a 1 and up to four hexadecimal digits. Whether they can start 00XX with XX a control character. */
export function controlReachable(value: number): boolean {
  for (let control = 0; control < 32; control++)
    if (CONTROL_BY_SHORT[control] === 0 && isHexPrefix(value, control)) return true;
  return false;
}

/** The same `value`: whether it can start the escape of `unit`. */
export function isHexPrefix(value: number, unit: number): boolean {
  const whole = 0x10000 + unit;
  return (
    value === 1 || value === whole || value === whole >> 4 || value === whole >> 8 || value === whole >> 12
  );
}

/** The same `value`: whether it is, or can start, the second half of a surrogate pair. */
export function beginsLow(value: number): boolean {
  const digits = Math.floor(Math.log2(value) / 4);
  return digits === 0 || value === 0x1d || isLow(value);
}

/** The same `value`: whether it is such a half whatever digits follow. */
export function isLow(value: number): boolean {
  const digits = Math.floor(Math.log2(value) / 4);
  if (digits < 2) return false;
  const unit = (value << (4 * (4 - digits))) & 0xffff;
  return unit >= 0xdc00 && unit < 0xe000;
}
