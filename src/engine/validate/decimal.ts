/**
 * JSON numbers as the decimals that they spell, however long: compared and divided exactly, in time that depends on the
 * length of their texts alone (`1e999999999` is as cheap as `1e9`).
 */
export interface Decimal {
  /** -1, 0 or 1. */
  readonly sign: number;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** The value is sign times 0.digits times ten to this. */
  readonly exponent: bigint;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** `text` is a JSON number. */
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

/** Negative, zero or positive, as `left` is less than, equal to or greater than `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.sign !== right.sign) return left.sign - right.sign;
  if (left.exponent !== right.exponent) return left.exponent < right.exponent ? -left.sign : left.sign;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -left.sign : left.sign;
}

export function isInteger({ digits, exponent }: Decimal): boolean {
  return exponent >= BigInt(digits.length);
}

/** Whether `value` is a whole multiple of `divisor`. */
export function isMultipleOf(value: Decimal, divisor: Decimal): boolean {
  if (divisor.sign === 0) return false;
  if (value.sign === 0) return true;
  const shift = lowestPlace(value) - lowestPlace(divisor);
  // The last digit of `value` is not zero, so nothing that ends in zeros divides it.
  if (shift < 0n) return false;
  const modulus = BigInt(divisor.digits);
  return ((BigInt(value.digits) % modulus) * power(10n, shift, modulus)) % modulus === 0n;
}

/** The power of ten that the last digit counts. */
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

/** One text for one value, whatever its spelling. */
export function canonicalNumber(text: string): string {
  const { sign, digits, exponent } = decimalOf(text);
  return sign === 0 ? "0" : `${sign < 0 ? "-" : ""}${digits}e${exponent}`;
}

/**
 * Whether the nearest double stands for this number and no other: it is the shortest spelling of that double. Two such
 * numbers compare as their doubles do.
 */
export function isDouble(text: string): boolean {
  if (/^-?\d{1,15}$/.test(text)) return true;
  const double = Number(text);
  return Number.isFinite(double) && canonicalNumber(String(double)) === canonicalNumber(text);
}
