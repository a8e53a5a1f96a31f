export { type CheckOptions, checkDocument, type SchemaWarning } from "./check.js";
export { DIALECT_AGE, type Dialect } from "./dialect.js";
export { type DocumentOptions, SchemaDocument } from "./document.js";
export { SchemaNode, SchemaResource } from "./node.js";
export { isSchema } from "./value.js";
