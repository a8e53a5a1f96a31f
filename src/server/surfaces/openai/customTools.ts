import { writeJson } from "../../../json/index.js";
import type { Tool } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";

/**
 * OpenAI's custom tools, whose input is a text. For the engine, such a tool is a function with the text as its only argument, which
 * works on every engine and in every model's format of calls; answers and conversations convert between the two.
 */

/** The only argument. */
const INPUT = "input";

/** A custom tool as a function. `fields`: name, description and format. */
export function readCustomTool(fields: Fields): Pick<Tool, "parameters"> & { patternPointer?: string } {
  const format = fields.object("format");
  const type = format?.choice("type", ["text", "grammar"]);
  if (format === undefined || type === "text") return { parameters: parametersOf({}) };
  if (type === undefined) throw format.missing("type");
  // Nested in chat, flat in the Responses API.
  const grammar = format.object("grammar") ?? format;
  const syntax = grammar.choice("syntax", ["regex", "lark"]);
  if (syntax === undefined) throw grammar.missing("syntax");
  if (syntax === "lark")
    throw grammar.invalid("syntax", "must be `regex`: Lark grammars are not supported here");
  const definition = grammar.string("definition");
  if (definition === undefined) throw grammar.missing("definition");
  return {
    parameters: parametersOf({ pattern: `^(?:${definition})$` }),
    patternPointer: grammar.pointerOf("definition"),
  };
}

function parametersOf(keywords: { pattern?: string }): string {
  return JSON.stringify({
    type: "object",
    properties: { [INPUT]: { type: "string", ...keywords } },
    required: [INPUT],
    additionalProperties: false,
  });
}

/** The arguments of a call with this input. */
export function customArguments(input: string): string {
  return writeJson(new Map([[INPUT, input]]));
}

/** The input of a call. */
export function customInput(written: string): string {
  return new CustomInput().push(written);
}

/** Decodes the input of a call from its arguments, which arrive in pieces. */
export class CustomInput {
  private rest = "";
  private isInside = false;
  private isOver = false;

  /** Returns the text in the next piece. */
  push(written: string): string {
    this.rest += written;
    if (!this.isInside) {
      const opening = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*"/.exec(this.rest)?.[0];
      if (opening === undefined) return "";
      this.rest = this.rest.slice(opening.length);
      this.isInside = true;
    }
    if (this.isOver) return "";
    const [text] = COMPLETE_CHARACTERS.exec(this.rest) as RegExpExecArray;
    this.rest = this.rest.slice(text.length);
    this.isOver = this.rest.startsWith('"');
    return JSON.parse(`"${text}"`) as string;
  }
}

const HIGH = String.raw`\\u[dD][89abAB][\da-fA-F]{2}`;
const LOW = String.raw`\\u[dD][c-fC-F][\da-fA-F]{2}`;
/** The start of anything but `LOW`. */
const NOT_LOW = String.raw`(?=[^\\]|\\[^u]|\\u[^dD]|\\u[dD][^c-fC-F])`;
const OTHER = String.raw`\\u(?![dD][89abAB])[\da-fA-F]{4}`;

/** Characters of a JSON string, up to an escape sequence or a surrogate pair that is still incomplete. */
const COMPLETE_CHARACTERS = new RegExp(
  String.raw`^(?:[^"\\\ud800-\udbff]|[\ud800-\udbff][\udc00-\udfff]|\\[^u]|${HIGH}${LOW}|${HIGH}${NOT_LOW}|${OTHER})*`,
);
