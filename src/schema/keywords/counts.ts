import { ARRAY, OBJECT, STRING } from "../../grammar/index.js";
import type { JsonValue } from "../../json/index.js";
import type { SchemaNode } from "../document/index.js";
import type { Branch } from "../solver/branch.js";
import type { QuickLook } from "../solver/quickLook.js";
import { countOf, isNames, mustBeCount } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `minLength`, `maxItems` and the like: how long a string, an array or an object may be.

interface Measure {
  readonly type: number;
  readonly least: string;
  readonly most: string;
  atLeast(branch: Branch, count: number): void;
  atMost(branch: Branch, count: number): void;
  quickLook(node: SchemaNode, look: QuickLook): boolean;
  readonly remote?: Keyword["remote"];
}

const countKeywords = (measure: Measure): readonly Keyword[] => {
  const shared = {
    since: "draft-04",
    concerns: measure.type,
    fault: mustBeCount,
    quickLook: measure.quickLook,
    ...(measure.remote === undefined ? {} : { remote: measure.remote }),
  } as const;
  const count = (given: JsonValue) => countOf(given, 0);
  return [
    keyword({
      ...shared,
      name: measure.least,
      stricter: "greater",
      demand: (given, { branch }) => measure.atLeast(branch, count(given)),
      fail(given, failures) {
        if (count(given) > 0)
          failures.addFor(measure.type, (branch) => measure.atMost(branch, count(given) - 1));
      },
    }),
    keyword({
      ...shared,
      name: measure.most,
      stricter: "lesser",
      demand: (given, { branch }) => measure.atMost(branch, count(given)),
      fail: (given, failures) =>
        failures.addFor(measure.type, (branch) => measure.atLeast(branch, count(given) + 1)),
    }),
  ];
};

const least = (node: SchemaNode, name: string) => countOf(node.keyword(name), 0);
const most = (node: SchemaNode, name: string) => countOf(node.keyword(name), Number.POSITIVE_INFINITY);

export const stringLength = countKeywords({
  type: STRING,
  least: "minLength",
  most: "maxLength",
  atLeast: (branch, count) => (branch.string.minLength = Math.max(branch.string.minLength, count)),
  atMost: (branch, count) => (branch.string.maxLength = Math.min(branch.string.maxLength, count)),
  quickLook: (node) => least(node, "minLength") <= most(node, "maxLength"),
  remote: "length",
});

export const arrayLength = countKeywords({
  type: ARRAY,
  least: "minItems",
  most: "maxItems",
  atLeast: (branch, count) => (branch.minItems = Math.max(branch.minItems, count)),
  atMost: (branch, count) => (branch.maxItems = Math.min(branch.maxItems, count)),
  quickLook(node, look) {
    const needed = least(node, "minItems");
    if (needed > most(node, "maxItems")) return false;
    if (needed === 0) return true;
    if (node.keyword("prefixItems") !== undefined || node.keyword("unevaluatedItems") !== undefined)
      return false;
    if (node.keyword("uniqueItems") === true && needed > 1) return false;
    const items = node.keyword("items");
    if (items === undefined) return true;
    return !Array.isArray(items) && look.isPossibleUnder(node, "items");
  },
  remote: "count",
});

export const objectSize = countKeywords({
  type: OBJECT,
  least: "minProperties",
  most: "maxProperties",
  atLeast: (branch, count) => (branch.minProperties = Math.max(branch.minProperties, count)),
  atMost: (branch, count) => (branch.maxProperties = Math.min(branch.maxProperties, count)),
  quickLook(node) {
    const required = node.keyword("required");
    const size = isNames(required) ? new Set(required).size : 0;
    return least(node, "minProperties") <= size && size <= most(node, "maxProperties");
  },
});
