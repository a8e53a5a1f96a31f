import {
  ARRAY,
  type Binary,
  binaryOf,
  canonical,
  FALSE,
  NULL,
  NUMBER,
  OBJECT,
  STRING,
  spell,
  TRUE,
  textOf,
} from "../../grammar/index.js";
import { type JsonValue, writeJson } from "../../json/index.js";

/** The canonical spelling of a value in a schema. */
export function spellingOf(value: JsonValue): Binary {
  return typeof value === "string" ? spell(value) : canonical(binaryOf(writeJson(value)));
}

/** ASCII without escapes. */
const PLAIN = /^"[ !#-[\]-~]*"$/;

/** The string with a canonical spelling. */
export function stringOf(spelling: Binary): string {
  if (PLAIN.test(spelling)) return spelling.slice(1, -1);
  return JSON.parse(textOf(spelling)) as string;
}

/** The type of the value with a canonical spelling. */
export function typeOfSpelling(value: Binary): number {
  switch (value[0]) {
    case '"':
      return STRING;
    case "{":
      return OBJECT;
    case "[":
      return ARRAY;
    case "t":
      return TRUE;
    case "f":
      return FALSE;
    case "n":
      return NULL;
    default:
      return NUMBER;
  }
}

/** Whether the value is an array or an object. */
export function isComposite(value: Binary): boolean {
  return (typeOfSpelling(value) & (OBJECT | ARRAY)) !== 0;
}
