/** Exact decimal arithmetic: a number is `coefficient * 10 ** exponent`, for JSON numbers of any size. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

export const ZERO: Decimal = { coefficient: 0n, exponent: 0 };
export const ONE: Decimal = { coefficient: 1n, exponent: 0 };

/** The value of a JSON number's text (RFC 8259, section 6). */
export function parseDecimal(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) throw new RangeError(`Not a JSON number: ${text}`);
  const fraction = match[3] ?? "";
  const coefficient = BigInt(match[1] + match[2] + fraction);
  return reduce(coefficient, Number(match[4] ?? 0) - fraction.length);
}

/** The decimal that a JavaScript number prints as: what its author wrote, within the precision of a double. */
export function decimalOf(value: number | bigint): Decimal {
  return typeof value === "bigint" ? reduce(value, 0) : parseDecimal(String(value));
}

/** The nearest double. */
export function decimalNumber({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`);
}

/** `coefficient * 10 ** exponent`, without zeros at the end of the coefficient. */
export function reduce(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return ZERO;
  if (coefficient % 10n !== 0n) return { coefficient, exponent };
  const digits = String(coefficient);
  let end = digits.length - 1;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  return { coefficient: BigInt(digits.slice(0, end)), exponent: exponent + digits.length - end };
}

export function compare(a: Decimal, b: Decimal): number {
  if (a.coefficient <= 0n !== b.coefficient <= 0n || a.coefficient === 0n || b.coefficient === 0n) {
    return a.coefficient < b.coefficient ? -1 : a.coefficient > b.coefficient ? 1 : 0;
  }
  // Equal signs: magnitudes far apart are compared by their digit counts, so that 1e308 costs nothing.
  const negative = a.coefficient < 0n;
  const order = magnitudeOrder(a) - magnitudeOrder(b);
  if (order !== 0) return order < 0 === negative ? 1 : -1;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = scaled(a, -exponent);
  const right = scaled(b, -exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Number of digits before the decimal point, or the negated number of zeros after it. */
export function magnitudeOrder(a: Decimal): number {
  return decimalDigits(a).length + a.exponent;
}

/** The digits of the number, without leading and trailing zeros. */
export function decimalDigits(a: Decimal): string {
  return String(absolute(a.coefficient));
}

export function negate(a: Decimal): Decimal {
  return { coefficient: -a.coefficient, exponent: a.exponent };
}

/** 10 ** power. */
export function powerOfTen(power: number): bigint {
  return 10n ** BigInt(power);
}

/** a * 10 ** shift, which must be an integer. */
export function scaled(a: Decimal, shift: number): bigint {
  return a.coefficient * powerOfTen(a.exponent + shift);
}

export function isWhole(a: Decimal): boolean {
  return a.coefficient === 0n || a.exponent >= 0;
}

export function isMultiple(a: Decimal, step: Decimal): boolean {
  const shift = -Math.min(a.exponent, step.exponent);
  return scaled(a, shift) % scaled(step, shift) === 0n;
}

/** The least positive number that is a multiple of both. */
export function leastCommonMultiple(a: Decimal, b: Decimal): Decimal {
  const shift = -Math.min(a.exponent, b.exponent);
  const left = absolute(scaled(a, shift));
  const right = absolute(scaled(b, shift));
  return reduce((left / greatestCommonDivisor(left, right)) * right, -shift);
}

function absolute(a: bigint): bigint {
  return a < 0n ? -a : a;
}

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Plain decimal notation, without an exponent. */
export function plainText(a: Decimal): string {
  const negative = a.coefficient < 0n;
  let digits = String(negative ? -a.coefficient : a.coefficient);
  if (a.exponent >= 0) digits += "0".repeat(a.exponent);
  else {
    digits = digits.padStart(1 - a.exponent, "0");
    digits = `${digits.slice(0, a.exponent)}.${digits.slice(a.exponent)}`;
  }
  return negative ? `-${digits}` : digits;
}

export function decimalKey(a: Decimal): string {
  return `${a.coefficient}e${a.exponent}`;
}
