/**
 * What Ajv does not leave out by itself. Up to draft 7 everything beside a `$ref` is to be ignored; `id` is
 * a keyword of draft 4 alone, `nullable` one of OpenAPI, and `$async` one of Ajv's own, which makes its verdicts
 * promises.
 */

const BESIDE_REFERENCE = new Set([
  "$ref",
  "$schema",
  "$id",
  "id",
  "definitions",
  "$defs",
  "$comment",
  "title",
]);
const MAPS = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
  "dependencies",
]);
const DATA = new Set(["const", "enum", "default", "examples"]);

/** `schema` without the above; shares what it need not change. `legacy`: draft 7 or older. */
export function withoutQuirks(schema: unknown, legacy: boolean, keepId: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((item) => withoutQuirks(item, legacy, keepId));
  if (typeof schema !== "object" || schema === null) return schema;
  const source = schema as Record<string, unknown>;
  const alone = legacy && typeof source.$ref === "string";
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(source)) {
    if (alone && !BESIDE_REFERENCE.has(keyword)) continue;
    if (
      keyword === "nullable" ||
      keyword === "$async" ||
      (keyword === "id" && !keepId && typeof value === "string")
    )
      continue;
    let kept = value;
    if (MAPS.has(keyword)) kept = mapValues(value, (member) => withoutQuirks(member, legacy, keepId));
    else if (!DATA.has(keyword)) kept = withoutQuirks(value, legacy, keepId);
    Object.defineProperty(result, keyword, {
      value: kept,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

function mapValues(value: unknown, change: (member: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}
