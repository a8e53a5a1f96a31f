import { JsonContainer, type JsonPart } from "./document.js";
import { parseJson } from "./parse.js";
import type { JsonValue } from "./value.js";

/** The complete value of a part. Separate from the document, so that using the texts of parts requires no parser. */
export function valueOfPart(part: JsonPart): JsonValue {
  return part instanceof JsonContainer ? parseJson(part.text) : part;
}
