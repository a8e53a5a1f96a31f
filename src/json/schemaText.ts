import { SchemaError } from "../errors.js";
import type { JsonSchema, SchemaText } from "../types.js";
import { writeJson } from "./write.js";

/**
 * A schema as JSON text, for functions that accept either form. A text is checked to be JSON and returned unchanged; in a
 * JavaScript value, bigints are integers. Throws `invalid_schema`; `label` starts the message.
 */
export function toSchemaText(schema: JsonSchema | SchemaText, label = "The schema"): SchemaText {
  try {
    if (typeof schema !== "string") return writeJson(schema);
    JSON.parse(schema);
    return schema;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = typeof schema === "string" ? "is not valid JSON" : "cannot be written as JSON";
    throw new SchemaError("invalid_schema", `${label} ${what}: ${why}`, "", undefined, cause);
  }
}

/** The same for each of several documents. */
export function toDocumentTexts(
  documents: Readonly<Record<string, JsonSchema | SchemaText>>,
): Record<string, SchemaText> {
  return Object.fromEntries(
    Object.entries(documents).map(([uri, document]) => [uri, toSchemaText(document, `The document ${uri}`)]),
  );
}
