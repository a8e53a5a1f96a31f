export { type ArrayDescription, ArrayShape, type Contains } from "./arrayShape.js";
export { type Binary, binaryOf, bytesOf, canonical, spell, textOf } from "./bytes.js";
export {
  Configuration,
  ConfigurationInterner,
  isNumberByte,
  isWhitespace,
  type NumberPlace,
  type Place,
  Sink,
} from "./configuration.js";
export { type Content, contentOf, furthestEnd } from "./content.js";
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
export { FREE_STRING } from "./freeString.js";
export { cutCount, Goal, type Shape, type StringLexeme } from "./goal.js";
export { indistinguishable } from "./indistinguishable.js";
export {
  END,
  hasOther,
  inNumber,
  isMachinePlace,
  isNumberPlace,
  isTextPlace,
  type MachinePlace,
  type TextPlace,
} from "./lexicalPlaces.js";
export { LiteralList, LiteralSpan } from "./literals.js";
export { findLoops } from "./loops.js";
export { NumberMachine } from "./numberMachine.js";
export {
  type Bound,
  contains,
  type NumberShape,
  numberShapeKey,
  readable,
} from "./numberShape.js";
export { type ExtraKeys, type ObjectDescription, ObjectShape, type PropertyEntry } from "./objectShape.js";
export { findRun } from "./runs.js";
export { signatureOf } from "./signature.js";
export { MOST_SOME_REQUIREMENTS, SomeRequirements } from "./someRequirements.js";
export { StringMachine } from "./stringMachine.js";
export { isTotal } from "./total.js";
export { type Composite, compositeOf, spellingOf, type ValueChoice } from "./twins.js";
export { ALL_TYPES, ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "./types.js";
