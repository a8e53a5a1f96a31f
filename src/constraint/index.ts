export { LimitError, type LimitName, SchemaError } from "../errors.js";
export { type Dialect, metaschema, prepareFormats } from "../schema/index.js";
export {
  type TokenizerVocabularyOptions,
  Vocabulary,
  type VocabularyOptions,
  vocabularyFromTokenizer,
} from "../vocabulary/index.js";
export { compileSchema } from "./compile.js";
export type { CompileOptions, Grammar } from "./grammar.js";
export { type KeywordFacts, keywordFacts } from "./keywordFacts.js";
export type { CompileLimits } from "./limits.js";
export { prepareVocabulary } from "./masks/masks.js";
export type { Matcher } from "./matcher.js";
export { compileChoice, compileRegex, compileSegments } from "./segments/compile.js";
export type { DocumentSegment, Segment, SegmentOptions, Tag } from "./segments/segments.js";
