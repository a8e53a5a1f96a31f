import { SchemaError } from "../../errors.js";
import { RegexError } from "../../regex/index.js";

/** The error of strings or names that several schemas limit together, as one of the schema at `location`. */
export function locatedError(thrown: unknown, location: string): unknown {
  if (thrown instanceof RegexError) {
    const message =
      "The regular expressions and formats that hold together here make too large an automaton.";
    return new SchemaError("schema_too_large", message, location, undefined, thrown);
  }
  if (thrown instanceof SchemaError && thrown.code === "schema_too_large" && thrown.pointer === "")
    return new SchemaError("schema_too_large", thrown.message, location, thrown.keyword, thrown.cause);
  return thrown;
}
