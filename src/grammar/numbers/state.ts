import type { Decimal } from "./decimal.js";
import type { ListedNumbers } from "./listed.js";
import type { NumberShape } from "./shape.js";

/** Numbers of one sign, by magnitude. */
export interface Side {
  shape: NumberShape;
  negative: boolean;
  low: Decimal;
  lowExclusive: boolean;
  high: Decimal | undefined;
  highExclusive: boolean;
  /** The magnitudes, if the set is finite and small. */
  listed: ListedNumbers | undefined;
  /** The sets of excluded values that have some of this sign. */
  excluded: readonly ListedNumbers[];
  step: Decimal | undefined;
  whole: boolean;
  /** Whether only the sign matters, so that any exponent may follow. */
  free: boolean;
  /** Whether it holds all integers of its sign, so that digits alone need no arithmetic. */
  isAnyInteger: boolean;
  /** Whether numbers with exponents are identified by their whole mantissa: see `scientific.ts`. */
  isExact: boolean;
  lowText: [string, string];
  highText: [string, string] | undefined;
  /** Elementary steps of all arithmetic so far. */
  work: number;
}

export interface NumberState {
  kind: "start" | "minus" | "int" | "point" | "frac" | "sci" | "exp";
  side: Side | undefined;
  /** Everything that possible continuations depend on. */
  key: string;
  /** A text that leads here, without the sign: a representative for arithmetic. */
  text: string;
  accepting?: boolean;
  closing?: string;
  /** In an exponent: whether the mantissa is zero; the required sign of the exponent. */
  exponentSign?: number;
}

/** Maximum number of digits after a mantissa's decimal point: with any large exponent, the number is an integer. */
export const MAX_FRACTION = 16;
