import { NUMBER, parseDecimal } from "../../grammar/index.js";
import { JsonNumber, type JsonValue } from "../../json/index.js";
import type { SchemaNode } from "../document/index.js";
import type { Branch } from "../solver/branch.js";
import { mustBeNumber, mustBeNumberOrBoolean, mustBePositive } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`.

const NAMES = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/** A single bound leaves infinitely many numbers. */
const isAlone = (node: SchemaNode) => NAMES.filter((name) => node.keyword(name) !== undefined).length <= 1;

const decimal = (given: JsonValue) => parseDecimal((given as JsonNumber).text);

/** `exclusive`: the keyword of draft 4 that makes the bound exclusive. */
const bound = (name: string, isLower: boolean, exclusive: string): Keyword => {
  const limit = (branch: Branch, given: JsonValue, lower: boolean, isExclusive: boolean) =>
    lower ? branch.atLeast(decimal(given), isExclusive) : branch.atMost(decimal(given), isExclusive);
  return keyword({
    name,
    since: "draft-04",
    concerns: NUMBER,
    fault: mustBeNumber,
    demand: (given, { branch, node }) => limit(branch, given, isLower, node.keyword(exclusive) === true),
    fail(given, failures) {
      const isExclusive = failures.node.keyword(exclusive) === true;
      failures.addFor(NUMBER, (branch) => limit(branch, given, !isLower, !isExclusive));
    },
    quickLook: isAlone,
    remote: "whole",
    stricter: isLower ? "greater" : "lesser",
  });
};

const exclusiveBound = (name: string, isLower: boolean): Keyword =>
  keyword({
    name,
    since: "draft-04",
    concerns: NUMBER,
    fault: mustBeNumberOrBoolean,
    demand(given, { branch }) {
      if (!(given instanceof JsonNumber)) return;
      if (isLower) branch.atLeast(decimal(given), true);
      else branch.atMost(decimal(given), true);
    },
    fail(given, failures) {
      if (!(given instanceof JsonNumber)) return;
      failures.addFor(NUMBER, (branch) =>
        isLower ? branch.atMost(decimal(given), false) : branch.atLeast(decimal(given), false),
      );
    },
    quickLook: isAlone,
    remote: "whole",
    stricter: isLower ? "greater" : "lesser",
  });

export const numberKeywords: readonly Keyword[] = [
  bound("minimum", true, "exclusiveMinimum"),
  bound("maximum", false, "exclusiveMaximum"),
  exclusiveBound("exclusiveMinimum", true),
  exclusiveBound("exclusiveMaximum", false),
  keyword({
    name: "multipleOf",
    since: "draft-04",
    concerns: NUMBER,
    fault: mustBePositive,
    demand: (given, { branch }) => branch.multipleOf(decimal(given)),
    fail(given, failures) {
      failures.addFor(
        NUMBER,
        ({ number }) => (number.notMultipleOf = [...number.notMultipleOf, decimal(given)]),
      );
    },
    quickLook: isAlone,
  }),
];
