import type { Literal } from "./literal.js";

const HARMLESS = new Set(
  "type title description default examples $schema $id id $comment properties additionalProperties items maxItems maxLength uniqueItems readOnly writeOnly deprecated definitions $defs minimum maximum minLength".split(
    " ",
  ),
);

/** Whether a glance at the keywords shows that some value surely meets the conjunction. */
export function isObviouslyPossible(literals: readonly Literal[]): boolean {
  if (literals.length !== 1) return literals.length === 0;
  const literal = literals[0];
  if (literal.kind === "values")
    return literal.positive ? literal.values.length > 0 : literal.values.length === 0;
  const { value, referenceOnly } = literal.node;
  if (!literal.positive || referenceOnly) return false;
  if (typeof value === "boolean") return value;
  let isWhole = false;
  for (const name in value) {
    if (name === "enum") {
      if (value.type !== undefined || !Array.isArray(value.enum) || value.enum.length === 0) return false;
      continue;
    }
    if (!HARMLESS.has(name)) return false;
    if (
      name === "type" &&
      (value.type === "integer" || (Array.isArray(value.type) && value.type.length === 0))
    )
      isWhole = true;
  }
  if (value.enum !== undefined)
    return Object.keys(value).every((name) => name === "enum" || name === "title" || name === "description");
  if (value.minimum !== undefined && value.maximum !== undefined) return false;
  if (
    value.minLength !== undefined &&
    value.maxLength !== undefined &&
    (value.minLength as number) > (value.maxLength as number)
  )
    return false;
  return !isWhole || (value.minimum === undefined && value.maximum === undefined) || value.type === "integer";
}
