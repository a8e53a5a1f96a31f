import { type Keyword, keyword } from "./keyword.js";

// `if` with `then` and `else`.

const condition = keyword({
  name: "if",
  since: "draft-07",
  vocabulary: "applicator",
  holds: "one",
  inPlace: true,
  denies: true,
  combines: true,
  demand(_given, demands) {
    const { node, within } = demands;
    const hasThen = node.keyword("then") !== undefined;
    const hasElse = node.keyword("else") !== undefined;
    if (!hasThen && !hasElse && within.length === 0) return;
    const met = [{ literal: demands.child("if"), within }];
    const unmet = [{ literal: demands.negated("if"), within: [] as readonly number[] }];
    if (hasThen) met.push({ literal: demands.child("then"), within });
    if (hasElse) unmet.push({ literal: demands.child("else"), within });
    // The case that demands less comes first: it is kept if there are too many.
    demands.choose([{ literals: unmet }, { literals: met }]);
  },
  fail(_given, failures) {
    const { node } = failures;
    if (node.keyword("then") !== undefined)
      failures.add([failures.child("if", undefined, true), failures.child("then", undefined, false)]);
    if (node.keyword("else") !== undefined)
      failures.add([failures.child("if", undefined, false), failures.child("else", undefined, false)]);
  },
});

const outcome = (name: string): Keyword =>
  keyword({
    name,
    since: "draft-07",
    vocabulary: "applicator",
    holds: "one",
    inPlace: true,
    readBy: "if",
    asserts: (node) => node.keyword("if") !== undefined,
  });

export const conditionKeywords: readonly Keyword[] = [condition, outcome("then"), outcome("else")];
