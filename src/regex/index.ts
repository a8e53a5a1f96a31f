export { ByteAutomaton, INFINITE } from "./automaton.js";
export { RegexError } from "./error.js";
export { compileFormat, formatNames } from "./formats.js";
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
