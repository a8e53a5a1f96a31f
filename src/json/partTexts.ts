/**
 * What the array or object in `text` holds, each item and member by its own text, names beside them; empty for a scalar.
 * For a text that `JSON.parse` has accepted: nothing is checked here, so that who needs one member as it was written
 * needs no parser. Of several members of one name, the last counts for JSON.
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

/** Where the string that begins at `at` has its closing quote. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}
