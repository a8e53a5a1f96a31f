import { SchemaError } from "../errors.js";
import type { SchemaText } from "../types.js";
import { JsonDocument } from "./document.js";
import { RepeatedNameError } from "./syntax.js";

/**
 * Returns a schema's text, which must be JSON, if no object in it has a member more than once. Throws `invalid_schema` otherwise, since
 * only one of its values could count; `label` starts the message.
 */
export function withDistinctNames(text: SchemaText, label = "The schema"): SchemaText {
  try {
    JsonDocument.read(text, { distinctNames: true });
    return text;
  } catch (cause) {
    if (!(cause instanceof RepeatedNameError)) throw cause;
    const message = `${label} has a member more than once.`;
    throw new SchemaError("invalid_schema", message, cause.pointer, undefined, cause);
  }
}
