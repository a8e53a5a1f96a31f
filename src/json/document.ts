import { type ParseLimits, parseJson, type Spans } from "./parse.js";
import { printJson } from "./print.js";
import { isJsonArray, isJsonObject, type JsonValue } from "./value.js";

/** A JSON text and its value, whose parts can be had as they were written. */
export class JsonDocument {
  readonly text: string;
  readonly value: JsonValue;
  private readonly spans: Spans = new WeakMap();

  /** Throws `JsonSyntaxError`. */
  constructor(text: string, limits: ParseLimits = {}) {
    this.text = text;
    this.value = parseJson(text, limits, this.spans);
  }

  /** The text of a part of `value`: that of an array or object as it stands in the document, that of a scalar as printed. */
  textOf(part: JsonValue): string {
    const span = isJsonArray(part) || isJsonObject(part) ? this.spans.get(part) : undefined;
    return span === undefined ? printJson(part) : this.text.slice(span.from, span.to);
  }
}
