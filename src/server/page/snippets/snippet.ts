import { parseJson, writeJson } from "../../../json/index.js";
import type { PageRequest } from "../request.js";
import { toolTexts } from "../toolTexts.js";

/** Input of a snippet besides the request. */
export interface SnippetSite {
  /** The server's URL, without a trailing slash. */
  baseUrl: string;
  /** Whether the server requires a key, which snippets read from the environment. */
  hasKey: boolean;
}

/** A program that sends exactly this request. The request's JSON texts must be valid. */
export type Snippet = (request: PageRequest, site: SnippetSite) => string;

/** The environment variable for the key in snippets. */
export const KEY_VARIABLE = "FORMWORK_API_KEY";

/** Indents all lines of `text` except the first. JSON strings contain no line breaks, so the meaning is unchanged. */
export function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/**
 * A JSON text as a TypeScript expression: itself, or a string with the text if JavaScript would round its numbers or reorder its names.
 * `isExact` is false for the latter.
 */
export function literalOf(json: string): { isExact: boolean; code: string } {
  const text = json.trim();
  const isExact =
    !text.includes('"__proto__"') && writeJson(parseJson(text)) === JSON.stringify(JSON.parse(text));
  return { isExact, code: isExact ? text : JSON.stringify(text) };
}

/** The same if a string is not accepted. */
export function expressionOf(json: string): string {
  const { isExact, code } = literalOf(json);
  return isExact ? code : `JSON.parse(${code})`;
}

/** Tools in OpenAI's format. */
export function openaiTools(json: string): string {
  return listOf(toolTexts(json).map(({ text }) => `{ "type": "function", "function": ${text} }`));
}

/** Tools as lists of their functions. */
export function bareTools(json: string): string {
  return listOf(toolTexts(json).map(({ text }) => text));
}

function listOf(texts: readonly string[]): string {
  return `[\n  ${texts.join(",\n  ")}\n]`;
}

/** The members of a TypeScript object literal, without undefined ones. */
export function membersOf(members: readonly (readonly [name: string, code: string | undefined])[]): string {
  return members
    .filter(([, code]) => code !== undefined)
    .map(([name, code]) => `  ${name}: ${indented(code ?? "", 2)},\n`)
    .join("");
}

/** Undefined for an empty text, so that the member is omitted. */
export function quoted(text: string): string | undefined {
  return text === "" ? undefined : JSON.stringify(text);
}
