import { JsonContainer, type JsonPart } from "./document.js";
import { parseJson } from "./parse.js";
import type { JsonValue } from "./value.js";

/** The part with all that stands in it. Apart from the document, so that who takes parts by their text needs no parser. */
export function valueOfPart(part: JsonPart): JsonValue {
  return part instanceof JsonContainer ? parseJson(part.text) : part;
}
