/**
 * Whether `value` is a multiple of `divisor`, both taken as the decimals that JSON spells them as: 0.3 is a
 * multiple of 0.1, though not in binary.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(divisor) || divisor === 0) return false;
  const left = decimal(value);
  const right = decimal(divisor);
  const exponent = Math.min(left.exponent, right.exponent);
  const dividend = left.digits * 10n ** BigInt(left.exponent - exponent);
  return dividend % (right.digits * 10n ** BigInt(right.exponent - exponent)) === 0n;
}

/** The shortest decimal that reads as `value`: digits times ten to the exponent. */
function decimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa, power = "0"] = String(Math.abs(value)).split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}
