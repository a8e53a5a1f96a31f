/** Lookaround, boundaries, back-references, named groups, property classes: not supported by all servers. */
const UNCOMMON = /\(\?[=!<]|\\[bBkpPcux]|\\[1-9]/;

/**
 * Converts `pattern` to one that matches the whole text, which all servers interpret equally; undefined if that takes more than adding
 * a prefix and a suffix.
 */
export function anchoredPattern(pattern: string): string | undefined {
  if (UNCOMMON.test(pattern)) return undefined;
  const start = pattern.startsWith("^");
  const end = /(^|[^\\])(\\\\)*\$$/.test(pattern);
  const inner = pattern.slice(start ? 1 : 0, end ? -1 : undefined);
  const { alternatives, anchors } = survey(inner);
  // Each alternative has its own anchors: `^a|b$` does not match the whole string.
  if (anchors || (alternatives && (start || end))) return undefined;
  if (start && end) return pattern;
  return `^${start ? "" : ".*"}(${inner})${end ? "" : ".*"}$`;
}

/** Whether the expression has alternatives outside its groups, and anchors anywhere. */
function survey(expression: string): { alternatives: boolean; anchors: boolean } {
  let depth = 0;
  let inClass = false;
  let alternatives = false;
  let anchors = false;
  for (let at = 0; at < expression.length; at++) {
    const character = expression[at];
    if (character === "\\") at++;
    else if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "|" && depth === 0) alternatives = true;
    else if (character === "^" || character === "$") anchors = true;
  }
  return { alternatives, anchors };
}
