import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compare,
  type Decimal,
  decimalDigits,
  isMultiple,
  isWhole,
  leastCommonMultiple,
  magnitudeOrder,
  negate,
  parseDecimal,
  plainText,
} from "./decimal.js";

const SCALE = 40;

const decimal: fc.Arbitrary<Decimal> = fc
  .tuple(fc.bigInt({ min: -9999n, max: 9999n }), fc.integer({ min: -12, max: 12 }))
  .map(([coefficient, exponent]) => parseDecimal(`${coefficient}e${exponent}`));
const positive = decimal.filter(({ coefficient }) => coefficient > 0n);

/** The number times 10 to the power of `SCALE`: whole for all of the above. */
function fixed({ coefficient, exponent }: Decimal): bigint {
  return coefficient * 10n ** BigInt(exponent + SCALE);
}

test("plain text reads as the same number", () => {
  fc.assert(
    fc.property(decimal, (a) => {
      expect(plainText(a)).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      expect(parseDecimal(plainText(a))).toEqual(a);
    }),
  );
});

test("order, sign and wholeness are those of the numbers", () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const difference = fixed(a) - fixed(b);
      expect(Math.sign(compare(a, b))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      expect(fixed(negate(a))).toBe(-fixed(a));
      expect(isWhole(a)).toBe(fixed(a) % 10n ** BigInt(SCALE) === 0n);
    }),
  );
});

test("one is a multiple of the other where the quotient is whole; the least common multiple is the least", () => {
  fc.assert(
    fc.property(decimal, positive, positive, (a, step, other) => {
      expect(isMultiple(a, step)).toBe(fixed(a) % fixed(step) === 0n);
      const common = leastCommonMultiple(step, other);
      expect(isMultiple(common, step) && isMultiple(common, other)).toBe(true);
      // What both divide, their least common multiple divides.
      const product = (fixed(step) * fixed(other)) / fixed(common);
      expect(fixed(step) % product).toBe(0n);
      expect(fixed(other) % product).toBe(0n);
    }),
  );
});

test("numbers too large for a double are compared by their digits", () => {
  expect(compare(parseDecimal("1e400"), parseDecimal("1e399"))).toBe(1);
  expect(compare(parseDecimal("-1e400"), parseDecimal("1e-400"))).toBe(-1);
  expect(magnitudeOrder(parseDecimal("123.45"))).toBe(3);
  expect(decimalDigits(parseDecimal("-0.00120"))).toBe("12");
});
