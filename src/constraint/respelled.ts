import { parseDecimal, plainText } from "../grammar/index.js";

/** A string, or a number with an exponent. Where the text is not JSON, matches are arbitrary, and it is rejected anyway. */
const SCALAR = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?[eE][+-]?\d+/g;

/** Zeros that a number may gain, and characters that it may have, to be written without its exponent. */
const MAX_EXPONENT = 1000;
const MAX_NUMBER = 1000;

/**
 * The same document with strings in their canonical spelling and numbers without exponents, which is how the automaton takes
 * them everywhere. Whole numbers get a fraction of zero: in draft 4, neither `1e2` nor `100.0` is an integer.
 */
export function respelled(text: string): string {
  return text.replace(SCALAR, (scalar) =>
    scalar[0] === '"' ? respelledString(scalar) : respelledNumber(scalar),
  );
}

function respelledString(text: string): string {
  if (!text.includes("\\")) return text;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function respelledNumber(text: string): string {
  if (text.length > MAX_NUMBER) return text;
  const number = parseDecimal(text);
  if (Math.abs(number.exponent) > MAX_EXPONENT) return text;
  const plain = plainText(number);
  return plain.includes(".") ? plain : `${plain}.0`;
}
