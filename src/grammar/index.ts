export { type ArrayDescription, ArrayShape, type Contains } from "./arrays/shape.js";
export { ByteSet } from "./byteSet.js";
export { type Binary, binaryOf, bytesOf, canonical, membersOf, spell, textOf } from "./bytes.js";
export {
  Configuration,
  ConfigurationInterner,
  isNumberByte,
  isWhitespace,
  type NumberPlace,
  type Place,
  Sink,
} from "./configuration.js";
export { isTotal } from "./content/anyText.js";
export { findRun } from "./content/characterRuns.js";
export { type Content, contentOf, furthestEnd } from "./content/content.js";
export { indistinguishable } from "./content/equivalence.js";
export { findLoops } from "./content/selfLoops.js";
export { signatureOf } from "./content/signature.js";
export { Fuel, type FuelLimits } from "./fuel.js";
export { Goal, hasValue, type Shape, type StringLexeme } from "./goal.js";
export { ALL_TYPES, ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "./jsonTypes.js";
export {
  compare,
  type Decimal,
  decimalOf,
  isWhole,
  leastCommonMultiple,
  ONE,
  parseDecimal,
  plainText,
} from "./numbers/decimal.js";
export { ListedNumbers } from "./numbers/listed.js";
export { NumberMachine } from "./numbers/machine.js";
export {
  type Bound,
  contains,
  DIGITS_ONLY,
  NOT_DIGITS_ONLY,
  type NumberShape,
  numberShapeKey,
  readable,
} from "./numbers/shape.js";
export { type ExtraKeys, type ObjectDescription, ObjectShape, type PropertyEntry } from "./objects/shape.js";
export { MAX_SOME_REQUIREMENTS, SomeRequirements } from "./objects/someRequirements.js";
export { Rope } from "./rope.js";
export { Search } from "./search.js";
export {
  DocumentOrPart,
  FINISH,
  isLazyPlace,
  isSegmentPlace,
  LazyPlace,
  type Segment,
  type SegmentPlace,
  TextSegment,
} from "./segments/segment.js";
export {
  choiceMachine,
  freeTextMachine,
  INSIDE,
  literalMachine,
  type Marker,
  patternMachine,
  TextMachine,
} from "./segments/textMachine.js";
export { FREE_STRING } from "./strings/freeString.js";
export { StringMachine } from "./strings/machine.js";
export { type Composite, compositeOf, type ValueChoice } from "./values/excludedComposites.js";
export {
  END,
  hasOther,
  inNumber,
  isMachinePlace,
  isNumberPlace,
  isTextPlace,
  type MachinePlace,
  type TextPlace,
} from "./values/lexicalPlaces.js";
export { LiteralList, LiteralSpan } from "./values/literals.js";
