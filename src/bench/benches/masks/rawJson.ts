/**
 * The texts of an array's elements or an object's values, in order, as they were written: `1.0`, `1e400` and
 * integers of 30 digits are not the same once they have been numbers. `text` must be valid JSON.
 */
export function rawValues(text: string): string[] {
  const values: string[] = [];
  let at = skipSpace(text, 0);
  const close = text[at] === "{" ? "}" : "]";
  at = skipSpace(text, at + 1);
  while (text[at] !== close) {
    if (close === "}") at = skipSpace(text, skipSpace(text, skipValue(text, at)) + 1);
    const end = skipValue(text, at);
    values.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return values;
}

/** The text of one member of an object; undefined where it has none of that name. */
export function rawMember(text: string, name: string): string | undefined {
  const at = Object.keys(JSON.parse(text) as object).indexOf(name);
  return at < 0 ? undefined : rawValues(text)[at];
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\t" || text[at] === "\r") at++;
  return at;
}

/** Where the value that begins at `from` ends. */
function skipValue(text: string, from: number): number {
  let at = from;
  let depth = 0;
  do {
    const character = text[at];
    if (character === '"') at = skipString(text, at);
    else if (character === "{" || character === "[") {
      depth++;
      at++;
    } else if (character === "}" || character === "]") {
      depth--;
      at++;
    } else if (depth > 0) at++;
    else while (at < text.length && !", \n\t\r]}:".includes(text[at])) at++;
  } while (depth > 0);
  return at;
}

function skipString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
