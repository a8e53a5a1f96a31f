import {
  ALL_TYPES,
  ARRAY,
  DIGITS_ONLY,
  FALSE,
  NOT_DIGITS_ONLY,
  NULL,
  NUMBER,
  OBJECT,
  ONE,
  STRING,
  TRUE,
} from "../../grammar/index.js";
import { isJsonArray, type JsonValue, writeJson } from "../../json/index.js";
import { keyword } from "./keyword.js";

const TYPE_BITS = new Map<JsonValue, number>([
  ["null", NULL],
  ["boolean", TRUE | FALSE],
  ["number", NUMBER],
  ["integer", NUMBER],
  ["string", STRING],
  ["array", ARRAY],
  ["object", OBJECT],
]);

/** Bits of the types in a value of `type`; integers count as numbers. */
export function typeBits(value: JsonValue): { types: number; onlyIntegers: boolean } {
  const names = isJsonArray(value) ? value : [value];
  let types = 0;
  for (const name of names) types |= TYPE_BITS.get(name) ?? 0;
  return { types, onlyIntegers: names.includes("integer") && !names.includes("number") };
}

function mustNameTypes(value: JsonValue): string | undefined {
  if (typeof value === "string") return TYPE_BITS.has(value) ? undefined : `has no type named "${value}"`;
  if (!isJsonArray(value)) return "must be the name of a type or an array of such names";
  if (value.length === 0) return "must name at least one type";
  const unknown = value.find((name) => !TYPE_BITS.has(name));
  return unknown === undefined ? undefined : `has no type named ${writeJson(unknown)}`;
}

export const type = keyword({
  name: "type",
  since: "draft-04",
  fault: mustNameTypes,
  demand(given, { branch, node }) {
    const { types, onlyIntegers } = typeBits(given);
    branch.limitTypes(types);
    branch.isTyped = true;
    if (!onlyIntegers) return;
    branch.multipleOf(ONE);
    if (node.dialect === "draft-04") branch.number.form |= DIGITS_ONLY;
  },
  fail(given, failures) {
    const { types, onlyIntegers } = typeBits(given);
    failures.addFor(ALL_TYPES & ~types, () => {});
    if (!onlyIntegers) return;
    // A number that is not an integer has a fraction or an exponent; plain numbers only have these if they are not integers.
    const isSpelled = failures.node.dialect === "draft-04" && !failures.goals.options.plain;
    failures.addFor(NUMBER, ({ number }) => {
      if (isSpelled) number.form |= NOT_DIGITS_ONLY;
      else number.notMultipleOf = [...number.notMultipleOf, ONE];
    });
  },
  outline: (given) => typeBits(given),
  remote: "whole",
});
