import { FormworkError } from "../errors.js";
import type { JsonSchema } from "../types.js";
import type { CompileOptions, Grammar } from "./grammar.js";

/** Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileSchema(_schema: JsonSchema, _options: CompileOptions = {}): Grammar {
  throw new FormworkError("internal", "The constraint engine is being written.");
}
