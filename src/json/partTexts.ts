/**
 * The texts of the items or members of the array or object in `text`, members with their names; empty for a scalar. `text` must be
 * valid JSON, which is not checked here: reading a member as it was written then needs no parser. For a repeated name,
 * the last value counts.
 */
export function partTexts(text: string): (readonly [name: string, text: string])[] {
  const parts: (readonly [string, string])[] = [];
  let depth = 0;
  let name = "";
  let start = 0;
  const end = (at: number) => {
    const part = text.slice(start, at).trim();
    if (part !== "") parts.push([name, part]);
    start = at + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "{" || character === "[") {
      if (++depth === 1) start = at + 1;
    } else if (character === "}" || character === "]") {
      if (--depth === 0) end(at);
    } else if (depth === 1 && character === ",") end(at);
    else if (depth === 1 && character === ":") {
      name = JSON.parse(text.slice(start, at));
      start = at + 1;
    }
  }
  return parts;
}

/** The offset of the closing quote of the string that starts at `at`. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}
