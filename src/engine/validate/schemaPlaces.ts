/** Keywords whose members are schemas under arbitrary names. */
export const MAPS_OF_SCHEMAS = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
  "dependencies",
]);

/** Keywords whose values are data, not schemas. */
export const DATA_KEYWORDS = new Set(["const", "enum", "default", "examples"]);
