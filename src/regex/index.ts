export { ByteAutomaton, INFINITE } from "./automata/automaton.js";
export { type BoundedLanguage, boundedPattern } from "./automata/bounded.js";
export { shortest } from "./automata/measure.js";
export {
  compareIntersectionEmpty,
  complement,
  intersect,
  lengthBetween,
  literals,
  union,
  universal,
  wellFormed,
} from "./automata/operations.js";
export { TupleTable } from "./automata/tuples.js";
export { RegexError } from "./error.js";
export {
  boundedFormat,
  contentName,
  type FormatCheck,
  formatCheck,
  formatNames,
  prepareFormats,
} from "./formats/formats.js";
export type { RegexLimits, WorkCounter } from "./limits.js";
export { compilePattern } from "./pattern.js";
