/**
 * A regular part of the (nested, hence irregular) language of ECMA-262 patterns: no named groups and
 * back-references, groups three deep, and of the ranges and counts those that cannot be out of order.
 */
export const REGEX = disjunction(3);

/** No pattern, however it goes on: a bracket is closed that was not opened. */
export const NO_REGEX = "[^\\\\(){}[\\]*+?|]*[)}\\]][^]*";

/** Valid with the `u` flag, whose syntax the specification's own is. */
export function isRegex(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

function disjunction(depth: number): string {
  const escaped = "\\\\[dDwWsStnrfv^$.*+?()[\\]{}|\\/\\\\]";
  const classAtom = `(?:[^\\\\\\]^-]|${escaped}|\\\\-|a-z|A-Z|0-9)`;
  const atoms = ["[^\\\\^$.*+?()[\\]{}|]", escaped, "\\.", `\\[\\^?${classAtom}*\\]`];
  const assertions = ["\\^", "\\$", "\\\\[bB]"];
  if (depth > 0) {
    const inner = disjunction(depth - 1);
    atoms.push(`\\((?:\\?:)?${inner}\\)`);
    assertions.push(`\\(\\?<?[=!]${inner}\\)`);
  }
  const quantifier = "(?:[*+?]|\\{\\d{1,3},?\\}|\\{[01],[1-9]\\d{0,2}\\})\\??";
  return `(?:(?:${atoms.join("|")})(?:${quantifier})?|${assertions.join("|")}|\\|)*`;
}
