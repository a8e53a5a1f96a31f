import type { SchemaNode } from "../document/index.js";
import type { Goals } from "../solver/goals.js";
import type { SchemaLiteral } from "../solver/literal.js";
import { mustBeString } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `$ref`, `$dynamicRef`, `$recursiveRef`: another schema applies.

const reference = (
  name: string,
  targetOf: (literal: SchemaLiteral, goals: Goals) => SchemaNode,
  more: Pick<Keyword, "since"> & Partial<Keyword>,
): Keyword => {
  const target = (literal: SchemaLiteral, goals: Goals, positive: boolean) =>
    goals.referred(literal, targetOf(literal, goals), positive);
  return keyword({
    name,
    vocabulary: "core",
    refers: true,
    fault: mustBeString,
    demand: (_given, demands) => demands.hold(target(demands.literal, demands.goals, true)),
    fail: (_given, failures) => failures.add([target(failures.literal, failures.goals, false)]),
    ...more,
  });
};

const dynamicTarget = ({ node, scope }: SchemaLiteral, { document }: Goals) =>
  document.dynamicReference(node, scope.resources);

const staticTarget = ({ node }: SchemaLiteral, { document }: Goals) => document.reference(node);

export const referenceKeywords: readonly Keyword[] = [
  reference("$ref", staticTarget, {
    since: "draft-04",
    quickChoice: (node, types, look) =>
      types === undefined && look.isPossible(look.goals.document.reference(node)),
    leadsTo: (literal, goals) => [goals.referred(literal, staticTarget(literal, goals), true)],
    remote: "whole",
  }),
  reference("$recursiveRef", dynamicTarget, {
    since: "2019-09",
    fault: (value) => mustBeString(value) ?? (value === "#" ? undefined : 'must be "#"'),
  }),
  reference("$dynamicRef", dynamicTarget, { since: "2020-12" }),
];
