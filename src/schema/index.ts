export { prepareFormats } from "../regex/index.js";
export {
  checkDocument,
  type Dialect,
  metaschema,
  SchemaDocument,
  type SchemaWarning,
} from "./document/index.js";
export { KEYWORDS, type Keyword, KeywordRegistry, keyword } from "./keywords/index.js";
export { requirePattern } from "./keywords/languages.js";
export { findContradiction } from "./solver/contradiction.js";
export { type GoalOptions, Goals } from "./solver/goals.js";
export { lookAhead } from "./solver/lookAhead.js";
export { tooManyAlternatives } from "./solver/solver.js";
