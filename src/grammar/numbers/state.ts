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
  /** Magnitudes spelled out, when the set is finite and small. */
  listed: ListedNumbers | undefined;
  excluded: Decimal[];
  step: Decimal | undefined;
  whole: boolean;
  /** Only the sign matters: any exponent may follow. */
  free: boolean;
  /** Numbers with exponents are identified by their whole mantissa: see `numberScientific.ts`. */
  isExact: boolean;
  lowText: [string, string];
  highText: [string, string] | undefined;
}

export interface NumberState {
  kind: "start" | "minus" | "int" | "point" | "frac" | "sci" | "exp";
  side: Side | undefined;
  /** What the future depends on. */
  key: string;
  /** One text that leads here, without the sign: a representative for arithmetic. */
  text: string;
  accepting?: boolean;
  closing?: string;
  /** In an exponent: the value of the mantissa is zero; which sign the exponent must have. */
  exponentSign?: number;
}

/** Most digits behind the point of a mantissa: with them it is whole behind any large exponent. */
export const MAX_FRACTION = 16;
