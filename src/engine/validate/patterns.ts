/**
 * A `pattern` as JavaScript reads it: with the flag `u` where it is a Unicode pattern, plain where it is not, and with the flag
 * `i` where it begins with `(?i)`, as patterns of other languages do. Throws `SyntaxError`.
 */
export function toRegExp(source: string): RegExp {
  const inline = /^\(\?i\)/.exec(source);
  const pattern = inline === null ? source : source.slice(inline[0].length);
  const flags = inline === null ? "" : "i";
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    return new RegExp(pattern, flags);
  }
}
