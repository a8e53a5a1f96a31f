/**
 * JSON numbers of any length as exact decimals: comparison and divisibility in time that only depends on the length of their texts
 * (`1e999999999` is as cheap as `1e9`).
 */
export interface Decimal {
  /** -1, 0 or 1. */
  readonly sign: number;
  /** Without leading and trailing zeros; empty for zero. */
  readonly digits: string;
  /** The value is sign times 0.digits times ten to this. */
  readonly exponent: bigint;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Parses `text`, a JSON number. */
export function decimalOf(text: string): Decimal {
  const [, minus, whole, fraction = "", power = "0"] = NUMBER.exec(text)!;
  const written = whole + fraction;
  const leading = /^0*/.exec(written)![0].length;
  const digits = trimZeros(written.slice(leading));
  if (digits === "") return { sign: 0, digits, exponent: 0n };
  return {
    sign: minus === "" ? 1 : -1,
    digits,
    exponent: BigInt(power) + BigInt(whole.length) - BigInt(leading),
  };
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

/** Negative, zero or positive if `left` is less than, equal to or greater than `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.sign !== right.sign) return left.sign - right.sign;
  if (left.exponent !== right.exponent) return left.exponent < right.exponent ? -left.sign : left.sign;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -left.sign : left.sign;
}

export function isInteger({ digits, exponent }: Decimal): boolean {
  return exponent >= BigInt(digits.length);
}

/** Whether `value` is an integer multiple of `divisor`. */
export function isMultipleOf(value: Decimal, divisor: Decimal): boolean {
  if (divisor.sign === 0) return false;
  if (value.sign === 0) return true;
  const shift = lowestPlace(value) - lowestPlace(divisor);
  // The last digit of `value` is not zero, so no number with trailing zeros divides it.
  if (shift < 0n) return false;
  const modulus = BigInt(divisor.digits);
  return ((BigInt(value.digits) % modulus) * power(10n, shift, modulus)) % modulus === 0n;
}

/** The power of ten of the last digit. */
function lowestPlace({ digits, exponent }: Decimal): bigint {
  return exponent - BigInt(digits.length);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** A text that is equal for equal values, whatever their spelling. */
export function canonicalNumber(text: string): string {
  const { sign, digits, exponent } = decimalOf(text);
  return sign === 0 ? "0" : `${sign < 0 ? "-" : ""}${digits}e${exponent}`;
}

/**
 * Whether this number is the shortest spelling of the nearest double. Two such numbers compare like their doubles.
 */
export function isDouble(text: string): boolean {
  if (/^-?\d{1,15}$/.test(text)) return true;
  const double = Number(text);
  return Number.isFinite(double) && canonicalNumber(String(double)) === canonicalNumber(text);
}
