import { ARRAY } from "../../grammar/index.js";
import type { SchemaNode } from "../document/index.js";
import { countOf, mustBeCount } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `contains` with `minContains` and `maxContains`.

function countsOf(node: SchemaNode): { min: number; max: number } {
  return {
    min: countOf(node.keyword("minContains"), 1),
    max: countOf(node.keyword("maxContains"), Number.POSITIVE_INFINITY),
  };
}

const contains = keyword({
  name: "contains",
  since: "draft-06",
  vocabulary: "applicator",
  holds: "one",
  combines: true,
  concerns: ARRAY,
  demand(_given, demands) {
    const { branch, node } = demands;
    const { min, max } = countsOf(node);
    const within = node.dialect === "2020-12" ? demands.within : [];
    if (min === 0 && max === Number.POSITIVE_INFINITY && within.length === 0) return;
    const literal = demands.child("contains");
    const opposite = demands.negated("contains");
    branch.contains = [...branch.contains, { literal, opposite, min, max, from: 0, within }];
  },
  fail(_given, failures) {
    const { min, max } = countsOf(failures.node);
    const literal = failures.child("contains", undefined, true);
    const opposite = failures.child("contains", undefined, false);
    const addCount = (least: number, most: number) =>
      failures.addFor(ARRAY, (branch) => {
        branch.contains = [
          ...branch.contains,
          { literal, opposite, min: least, max: most, from: 0, within: [] },
        ];
      });
    if (min > 0) addCount(0, min - 1);
    if (max !== Number.POSITIVE_INFINITY) addCount(max + 1, Number.POSITIVE_INFINITY);
  },
});

const count = (name: string): Keyword =>
  keyword({
    name,
    since: "2019-09",
    concerns: ARRAY,
    fault: mustBeCount,
    readBy: "contains",
    quickLook: () => true,
  });

export const containsKeywords: readonly Keyword[] = [contains, count("minContains"), count("maxContains")];
