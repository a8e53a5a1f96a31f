/** Keywords whose members are schemas under names of the author's own. */
export const MAPS_OF_SCHEMAS = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
  "dependencies",
]);

/** Keywords whose values are data, whatever they look like. */
export const DATA_KEYWORDS = new Set(["const", "enum", "default", "examples"]);
