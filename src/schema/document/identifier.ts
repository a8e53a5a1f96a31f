import { DIALECT_AGE, type Dialect } from "./dialect.js";
import type { SchemaNode } from "./node.js";
import { withoutFragment } from "./uri.js";

/** The identifier that `value` gives itself in `dialect`, if it changes the base URI. */
export function identifierOf(value: SchemaNode["value"], dialect: Dialect): string | undefined {
  if (typeof value === "boolean" || isReferenceOnly(value, dialect)) return undefined;
  const id = dialect === "draft-04" ? value.id : value.$id;
  return typeof id === "string" && withoutFragment(id) !== "" ? id : undefined;
}

/** Up to draft 7, `$ref` stands alone: its siblings are void. */
export function isReferenceOnly(value: SchemaNode["value"], dialect: Dialect): boolean {
  return (
    typeof value === "object" &&
    DIALECT_AGE[dialect] < DIALECT_AGE["2019-09"] &&
    typeof value.$ref === "string"
  );
}
