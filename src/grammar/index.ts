export { type ArrayDescription, ArrayShape, type Contains } from "./arrayShape.js";
export { type Binary, binaryOf, bytesOf, canonical, spell, textOf } from "./bytes.js";
export {
  Configuration,
  ConfigurationInterner,
  isWhitespace,
  type NumberPlace,
  type Place,
  Sink,
} from "./configuration.js";
export {
  compare,
  type Decimal,
  decimalOf,
  isWhole,
  leastCommonMultiple,
  ONE,
  parseDecimal,
  plainText,
} from "./decimal.js";
export {
  ALL_TYPES,
  ARRAY,
  cutCount,
  FALSE,
  Goal,
  NULL,
  NUMBER,
  OBJECT,
  type Shape,
  STRING,
  type StringLexeme,
  TRUE,
} from "./goal.js";
export { LiteralList, LiteralSpan } from "./literals.js";
export { NumberMachine } from "./numberMachine.js";
export {
  type Bound,
  contains,
  type NumberShape,
  numberShapeKey,
} from "./numberShape.js";
export { type ExtraKeys, type ObjectDescription, ObjectShape, type PropertyEntry } from "./objectShape.js";
export { beforeValue, END, isMachinePlace, type MachinePlace } from "./places.js";
export { type Content, contentOf, StringMachine } from "./stringMachine.js";
