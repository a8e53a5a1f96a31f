/**
 * A regular part of the (nested, therefore not regular) language of ECMA-262 patterns: without named groups and back-references, with
 * groups nested up to three deep, and with ranges and counts that cannot be out of order.
 */
export const REGEX = disjunction(3);

/** Malformed whatever follows: closes a bracket that was not opened. */
export const NO_REGEX = "[^\\\\(){}[\\]*+?|]*[)}\\]][^]*";

/** Whether a pattern is valid with the `u` flag, the syntax of the specification. */
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
