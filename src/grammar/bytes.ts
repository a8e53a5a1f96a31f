import { decimalKey, parseDecimal, plainText } from "./numbers/decimal.js";

/**
 * Byte strings as JavaScript strings with one character per byte: cheap to join, to compare and to use as keys. All text that
 * the automaton generates has this form.
 */
export type Binary = string;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function binaryOf(text: string): Binary {
  if (isAscii(text)) return text;
  const bytes = encoder.encode(text);
  let binary = "";
  for (let i = 0; i < bytes.length; i++) binary += String.fromCharCode(bytes[i]);
  return binary;
}

export function bytesOf(binary: Binary): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function textOf(binary: Binary): string {
  return isAscii(binary) ? binary : decoder.decode(bytesOf(binary));
}

/** The canonical JSON spelling of a string, including quotes; lone surrogates remain escapes. */
export function spell(text: string): Binary {
  return binaryOf(JSON.stringify(text));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Plain notation, within the range of doubles: `1e9999999` does not become a text of that many digits. */
function spellNumber(text: Binary): Binary {
  const number = parseDecimal(text);
  return Math.abs(number.exponent) < 400 ? plainText(number) : decimalKey(number);
}

/** The canonical spelling of a JSON value: members sorted, numbers exact, strings canonical. Equal values have equal spellings. */
export function canonical(text: Binary): Binary {
  let at = 0;
  const value = (): Binary => {
    skipSpace();
    const ch = text[at];
    if (ch === "{") {
      const members: [Binary, Binary][] = [];
      at++;
      for (skipSpace(); text[at] !== "}"; skipSpace()) {
        if (text[at] === ",") at++;
        skipSpace();
        const key = string();
        skipSpace();
        at++;
        members.push([key, value()]);
      }
      at++;
      members.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      return `{${members.map(([key, member]) => `${key}:${member}`).join(",")}}`;
    }
    if (ch === "[") {
      const items: Binary[] = [];
      at++;
      for (skipSpace(); text[at] !== "]"; skipSpace()) {
        if (text[at] === ",") at++;
        items.push(value());
      }
      at++;
      return `[${items.join(",")}]`;
    }
    if (ch === '"') return string();
    const from = at;
    while (at < text.length && !",]} \t\n\r".includes(text[at])) at++;
    const word = text.slice(from, at);
    return word === "true" || word === "false" || word === "null" ? word : spellNumber(word);
  };
  const string = (): Binary => {
    const from = at++;
    let escaped = false;
    for (; text[at] !== '"'; at++) {
      if (text[at] === "\\") {
        escaped = true;
        at++;
      }
    }
    at++;
    const spelled = text.slice(from, at);
    return escaped ? spell(JSON.parse(textOf(spelled)) as string) : spelled;
  };
  const skipSpace = () => {
    while (at < text.length && " \t\n\r".includes(text[at])) at++;
  };
  return value();
}

/**
 * The direct members of a canonical spelling of an object or an array: `name` is a key's spelling after its opening quote,
 * including the closing quote; undefined for an item.
 */
export function membersOf(value: Binary, visit: (name: Binary | undefined, member: Binary) => void): void {
  const isObject = value[0] === "{";
  let depth = 0;
  let name: Binary | undefined;
  let from = 1;
  for (let at = 1; at < value.length; at++) {
    const character = value[at];
    if (character === '"') {
      for (at++; value[at] !== '"'; at++) if (value[at] === "\\") at++;
      if (isObject && depth === 0 && name === undefined) {
        name = value.slice(from + 1, at + 1);
        from = ++at + 1;
      }
    } else if (character === "{" || character === "[") depth++;
    else if (depth === 0 && (character === "," || character === "}" || character === "]")) {
      if (at > from) visit(name, value.slice(from, at));
      name = undefined;
      from = at + 1;
    } else if (character === "}" || character === "]") depth--;
  }
}
