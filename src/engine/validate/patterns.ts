import { hasInlineFlags, writeOutFlags } from "./inlineFlags.js";

/**
 * Compiles a `pattern`: with the flag `u` if it is a valid Unicode pattern, otherwise without, and with inline flags, which are common in
 * other languages. Throws `SyntaxError`.
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
