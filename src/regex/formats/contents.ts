// The demands of draft 7's `contentEncoding` and `contentMediaType` on strings, as patterns without anchors.

const BASE64_CHARACTER = "[A-Za-z\\d+/]";
/** RFC 4648, section 4, with its padding. */
export const BASE64 = `(?:${BASE64_CHARACTER}{4})*(?:${BASE64_CHARACTER}{2}==|${BASE64_CHARACTER}{3}=)?`;

const SPACE = "[ \\t\\n\\r]*";
const STRING = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[\\dA-Fa-f]{4}))*"';
const NUMBER = "-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?";
const SCALAR = `(?:${STRING}|${NUMBER}|true|false|null)`;
const MEMBER = `${STRING}${SPACE}:${SPACE}${SCALAR}`;
const list = (item: string) => `${SPACE}(?:${item}(?:${SPACE},${SPACE}${item})*${SPACE})?`;
/** JSON texts without nesting, since no automaton accepts all nested ones. */
export const FLAT_JSON = `${SPACE}(?:${SCALAR}|\\[${list(SCALAR)}\\]|\\{${list(MEMBER)}\\})${SPACE}`;
/** The start of any JSON text. */
export const JSON_CANDIDATES = `${SPACE}["\\d\\-tfn[{][^]*`;

/** The shortest JSON text of each kind, in base64. */
export const SHORT_BASE64_JSON = ["null", "true", "false", "0", '""', "[]", "{}"].map(btoa).join("|");

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function isBase64Json(text: string): boolean {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return isJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}
