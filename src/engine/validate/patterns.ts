import { hasInlineFlags, writeOutFlags } from "./inlineFlags.js";

/**
 * A `pattern` as JavaScript reads it: with the flag `u` where it is a Unicode pattern, plain where it is not, and with inline
 * flags, as patterns of other languages have them. Throws `SyntaxError`.
 */
export function toRegExp(source: string): RegExp {
  const whole = /^\(\?i\)/.exec(source);
  const rest = whole === null ? source : source.slice(whole[0].length);
  const pattern = hasInlineFlags(rest) ? writeOutFlags(source) : rest;
  const flags = whole === null || pattern !== rest ? "" : "i";
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    return new RegExp(pattern, flags);
  }
}
