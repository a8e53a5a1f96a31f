/**
 * Expands inline flags of regular expressions (`(?i)`, `(?s:...)`, `(?-i)`), which JavaScript supports since 2025, for all versions.
 * Non-ASCII letters in ranges keep their case.
 */

const GROUP = /^\(\?([ims]*)(?:-([ims]+))?([:)])/;
const LINE_END = "\\n\\r\\u2028\\u2029";

export function hasInlineFlags(source: string): boolean {
  return /\(\?(?:[ims]+(?:-[ims]+)?|-[ims]+)[:)]/.test(source);
}

/** The same expression without inline flags. Throws `SyntaxError` if it is incomplete. */
export function writeOutFlags(source: string): string {
  let out = "";
  /** The current flags per open group; the whole expression first. */
  const open = [""];
  for (let at = 0; at < source.length; ) {
    const flags = open[open.length - 1];
    const character = source[at];
    const group = character === "(" ? GROUP.exec(source.slice(at)) : null;
    if (group !== null && group[0] !== "(?:") {
      const kept = [...flags].filter((flag) => !(group[2] ?? "").includes(flag));
      const inner = [...new Set([...kept, ...group[1]])].join("");
      if (group[3] === ":") {
        open.push(inner);
        out += "(?:";
      } else open[open.length - 1] = inner;
      at += group[0].length;
      continue;
    }
    if (character === "(") open.push(flags);
    else if (character === ")" && open.length > 1) open.pop();
    const length = character === "[" ? classLength(source, at) : tokenLength(source, at);
    out += withFlags(source.slice(at, at + length), flags);
    at += length;
  }
  return out;
}

/** A class, an escape or a character, rewritten for the flags. */
function withFlags(token: string, flags: string): string {
  if (token === "." && flags.includes("s")) return "[\\s\\S]";
  if (token === "^" && flags.includes("m")) return `(?<![^${LINE_END}])`;
  if (token === "$" && flags.includes("m")) return `(?![^${LINE_END}])`;
  if (!flags.includes("i")) return token;
  if (token.startsWith("[")) return `[${classWithBothCases(token)}]`;
  const other = otherCase(token);
  return other === undefined ? token : `[${token}${other}]`;
}

function classWithBothCases(token: string): string {
  const body = token.slice(1, -1);
  const more: string[] = [];
  for (let at = body.startsWith("^") ? 1 : 0; at < body.length; ) {
    const first = body.slice(at, at + tokenLength(body, at));
    at += first.length;
    if (body[at] === "-" && at + 1 < body.length) {
      const last = body.slice(at + 1, at + 1 + tokenLength(body, at + 1));
      at += 1 + last.length;
      more.push(...rangesInOtherCase(first, last));
    } else more.push(otherCase(first) ?? "");
  }
  return body + more.join("");
}

/** The other case of the ASCII letters in the range. */
function rangesInOtherCase(first: string, last: string): string[] {
  if (first.length > 1 || last.length > 1) return [];
  return ["az", "AZ"].flatMap(([from, to]) => {
    const low = first > from ? first : from;
    const high = last < to ? last : to;
    return low > high ? [] : [`${otherCase(low)}-${otherCase(high)}`];
  });
}

function otherCase(character: string): string | undefined {
  if (character.startsWith("\\")) return undefined;
  const other = character.toLowerCase() === character ? character.toUpperCase() : character.toLowerCase();
  return other !== character && [...other].length === 1 ? other : undefined;
}

/** Length of the escape or the character at `at`. */
function tokenLength(source: string, at: number): number {
  const rest = source.slice(at, at + 64);
  const found = /^\\(?:[pPu]\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|k<[^>]*>|[\s\S])/.exec(rest);
  if (found !== null) return found[0].length;
  return String.fromCodePoint(source.codePointAt(at) as number).length;
}

function classLength(source: string, at: number): number {
  let to = at + 1;
  while (to < source.length && source[to] !== "]") to += tokenLength(source, to);
  if (to >= source.length) throw new SyntaxError("Unterminated character class");
  return to + 1 - at;
}
