export { checkDocument, type Dialect, SchemaDocument, type SchemaWarning } from "./document/index.js";
export { exploreGoals } from "./explore.js";
export { Goals } from "./goals.js";
export { isKnownFormat, requirePattern } from "./parts.js";
