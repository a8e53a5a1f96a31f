export { ByteAutomaton, INFINITE } from "./automaton.js";
export { type BoundedLanguage, boundedPattern } from "./bounded.js";
export { RegexError } from "./error.js";
export {
  boundedFormat,
  compileFormat,
  contentName,
  type FormatCheck,
  formatCheck,
  formatNames,
} from "./formats/index.js";
export type { RegexLimits } from "./limits.js";
export { acceptedCount, shortest } from "./measure.js";
export {
  compareIntersectionEmpty,
  complement,
  intersect,
  lengthBetween,
  literals,
  union,
  universal,
  wellFormed,
} from "./operations.js";
export { compilePattern } from "./pattern.js";
