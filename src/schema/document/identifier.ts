import { DIALECT_AGE, type Dialect } from "./dialect.js";
import { withoutFragment } from "./uri.js";
import type { SchemaValue } from "./value.js";

/** The identifier of `value` in `dialect`, if it changes the base URI. */
export function identifierOf(value: SchemaValue, dialect: Dialect): string | undefined {
  if (typeof value === "boolean" || isReferenceOnly(value, dialect)) return undefined;
  const id = value.get(dialect === "draft-04" ? "id" : "$id");
  return typeof id === "string" && withoutFragment(id) !== "" ? id : undefined;
}

/** Whether siblings of `$ref` are ignored, as up to draft 7. */
export function isReferenceOnly(value: SchemaValue, dialect: Dialect): boolean {
  return (
    typeof value === "object" &&
    DIALECT_AGE[dialect] < DIALECT_AGE["2019-09"] &&
    typeof value.get("$ref") === "string"
  );
}
