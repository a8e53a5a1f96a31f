export { type CheckOptions, checkDocument, type SchemaWarning } from "./check.js";
export { DIALECT_AGE, type Dialect } from "./dialect.js";
export { type DocumentOptions, SchemaDocument } from "./document.js";
export type {
  Formats,
  KeywordDefinition,
  KeywordSource,
  KeywordTable,
  KeywordVocabulary,
  Subschemas,
} from "./keyword.js";
export type { DocumentLimits } from "./measure.js";
export { metaschema } from "./metaschemas/index.js";
export { type Assertion, SchemaNode, SchemaResource } from "./node.js";
export type { SchemaValue } from "./value.js";
