import { isWhole, parseDecimal } from "../../grammar/index.js";
import { isJsonArray, isJsonObject, JsonNumber, type JsonValue } from "../../json/index.js";

// Checks of keywords' values. Each function returns the end of a sentence that starts with the keyword, or undefined if the
// value is well-formed.

/** Numbers are written out digit by digit; these are the powers of ten within which that is reasonable. */
const MAX_EXPONENT = 400;

export function mustBeString(value: JsonValue): string | undefined {
  return typeof value === "string" ? undefined : "must be a string";
}

export function mustBeBoolean(value: JsonValue): string | undefined {
  return typeof value === "boolean" ? undefined : "must be true or false";
}

export function mustBeNumber(value: JsonValue): string | undefined {
  return value instanceof JsonNumber ? tooFar(value) : "must be a number";
}

export function mustBeNumberOrBoolean(value: JsonValue): string | undefined {
  return typeof value === "boolean" ? undefined : mustBeNumber(value);
}

export function mustBePositive(value: JsonValue): string | undefined {
  if (!(value instanceof JsonNumber) || parseDecimal(value.text).coefficient <= 0n)
    return "must be a number above 0";
  return tooFar(value);
}

export function mustBeCount(value: JsonValue): string | undefined {
  const isCount = value instanceof JsonNumber && value.toNumber() >= 0 && isWhole(parseDecimal(value.text));
  return isCount ? undefined : "must be an integer of at least 0";
}

/** Whether all numbers in `value` can be written out. */
export function mustBeWritable(value: JsonValue): string | undefined {
  if (value instanceof JsonNumber) return tooFar(value);
  if (isJsonArray(value)) {
    for (const item of value) {
      const fault = mustBeWritable(item);
      if (fault !== undefined) return fault;
    }
  } else if (isJsonObject(value)) {
    for (const member of value.values()) {
      const fault = mustBeWritable(member);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function tooFar({ text }: JsonNumber): string | undefined {
  if (text.length < 8 && !/e/i.test(text)) return undefined;
  const { coefficient, exponent } = parseDecimal(text);
  const isNear = Math.abs(exponent) <= MAX_EXPONENT || coefficient === 0n;
  return isNear ? undefined : `holds a number beyond 1e±${MAX_EXPONENT}, which is not supported`;
}

/** Whether `value` is an array of strings. */
export function isNames(value: JsonValue | undefined): value is readonly string[] {
  return isJsonArray(value) && value.every((name) => typeof name === "string");
}

/** A well-formed count; `otherwise` if the keyword is absent. */
export function countOf(value: JsonValue | undefined, otherwise: number): number {
  return value instanceof JsonNumber ? value.toNumber() : otherwise;
}
