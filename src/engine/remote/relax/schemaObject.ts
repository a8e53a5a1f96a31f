/** A schema that is not a boolean. */
export type SchemaObject = { [keyword: string]: unknown };

export function isSchemaObject(value: unknown): value is SchemaObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
