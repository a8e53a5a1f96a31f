import { parseJson, writeJson } from "../../../json/index.js";
import type { PageRequest } from "../request.js";
import { toolTexts } from "../toolTexts.js";

/** What a snippet is made of beside the request. */
export interface SnippetSite {
  /** The server's address, without a slash at its end. */
  baseUrl: string;
  /** The server asks for a key: snippets read it from the environment. */
  hasKey: boolean;
}

/** A program that sends exactly this request. The request's JSON texts are valid: that was seen before. */
export type Snippet = (request: PageRequest, site: SnippetSite) => string;

/** The environment variable that snippets take the key from. */
export const KEY_VARIABLE = "FORMWORK_API_KEY";

/** All lines of `text` but the first, moved in. Strings of JSON hold no line breaks, so what they mean stays. */
export function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/**
 * A JSON text as an expression of TypeScript: itself, or, where JavaScript would round its numbers or reorder its names, the
 * text in quotes. `isExact` says which.
 */
export function literalOf(json: string): { isExact: boolean; code: string } {
  const text = json.trim();
  const isExact =
    !text.includes('"__proto__"') && writeJson(parseJson(text)) === JSON.stringify(JSON.parse(text));
  return { isExact, code: isExact ? text : JSON.stringify(text) };
}

/** The same where a text in quotes is of no use. */
export function expressionOf(json: string): string {
  const { isExact, code } = literalOf(json);
  return isExact ? code : `JSON.parse(${code})`;
}

/** Tools as OpenAI spells them. */
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

/** The members of an object literal of TypeScript, those without a value left out. */
export function membersOf(members: readonly (readonly [name: string, code: string | undefined])[]): string {
  return members
    .filter(([, code]) => code !== undefined)
    .map(([name, code]) => `  ${name}: ${indented(code ?? "", 2)},\n`)
    .join("");
}

/** Undefined for an empty text: a member that is left out. */
export function quoted(text: string): string | undefined {
  return text === "" ? undefined : JSON.stringify(text);
}
