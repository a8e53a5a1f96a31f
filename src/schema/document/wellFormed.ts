import type { Form } from "./keywords.js";

/** The names that `type` takes. */
export const TYPE_NAMES: ReadonlySet<unknown> = new Set([
  "null",
  "boolean",
  "object",
  "array",
  "number",
  "integer",
  "string",
]);

/** What is wrong with `value` under a keyword of this form: the end of a sentence; undefined where nothing is. */
export function malformed(form: Form, value: unknown): string | undefined {
  switch (form) {
    case "pattern":
    case "format":
    case "reference":
      return typeof value === "string" ? undefined : "must be a string";
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "number":
      return typeof value === "number" ? undefined : "must be a number";
    case "numberOrBoolean":
      return typeof value === "number" || typeof value === "boolean" ? undefined : "must be a number";
    case "positive":
      return typeof value === "number" && value > 0 ? undefined : "must be a number above 0";
    case "count":
      return Number.isInteger(value) && (value as number) >= 0
        ? undefined
        : "must be an integer of at least 0";
    case "type":
      return malformedType(value);
    case "enum":
      return Array.isArray(value) ? undefined : "must be an array";
    case "names":
      if (typeof value === "boolean")
        return "must be an array of strings, beside the properties that it names";
      return isNames(value) ? undefined : "must be an array of strings";
    case "nameLists":
      return malformedNameLists(value);
    default:
      return undefined;
  }
}

function malformedType(value: unknown): string | undefined {
  if (typeof value === "string") return TYPE_NAMES.has(value) ? undefined : `has no type named "${value}"`;
  if (!Array.isArray(value)) return "must be the name of a type or an array of such names";
  if (value.length === 0) return "must name at least one type";
  for (let i = 0; i < value.length; i++) {
    if (!TYPE_NAMES.has(value[i])) return `has no type named ${JSON.stringify(value[i])}`;
  }
  return undefined;
}

function malformedNameLists(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be an object";
  for (const name in value) {
    if (!isNames((value as Record<string, unknown>)[name])) return "must hold arrays of strings";
  }
  return undefined;
}

/** Whether `value` is an array of strings. */
export function isNames(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== "string") return false;
  return true;
}
