import { SchemaError } from "../../errors.js";
import type { JsonArray } from "../../json/index.js";
import { type Alternatives, alternativesOf, branchesOf } from "../solver/alternatives.js";
import type { Option } from "../solver/branch.js";
import type { SchemaLiteral } from "../solver/literal.js";
import type { Demands } from "./demands.js";
import { keyword } from "./keyword.js";

/** Maximum number of `anyOf` branches of which subsets are followed separately, if it matters which branches hold. */
const MAX_SUBSET_BRANCHES = 6;

/** One option per branch; branches that only list values are merged into one. */
function optionsOf({ listed, others }: Alternatives, demands: Demands): Option[] {
  const { goals } = demands;
  const options: Option[] = others.map((child) => ({ literals: [{ literal: child, within: [] }] }));
  if (listed.size > 0)
    options.unshift({ literals: [{ literal: goals.values([...listed.keys()], true), within: [] }] });
  return options;
}

/**
 * The branches that hold determine what counts as evaluated. More of them never make a document invalid, so it suffices that some
 * set of branches holds, and none has to fail. If something has to remain unevaluated, the other branches have to fail.
 */
function subsetsOf(children: readonly SchemaLiteral[], demands: Demands): Option[] {
  const { goals, within } = demands;
  const isExact = goals.isExact(within);
  if (children.length > MAX_SUBSET_BRANCHES) {
    if (isExact) {
      const what = `\`anyOf\` with more than ${MAX_SUBSET_BRANCHES} branches under a negated \`unevaluated*\` keyword`;
      throw new SchemaError(
        "unsupported_schema",
        `${what} cannot be enforced.`,
        demands.node.location,
        "anyOf",
      );
    }
    const options: Option[] = children.map((child) => ({ literals: [{ literal: child, within }] }));
    return [...options, { literals: children.map((child) => ({ literal: child, within })) }];
  }
  const options: Option[] = [];
  for (let bits = 1; bits < 1 << children.length; bits++) {
    const holds = (i: number) => ((bits >> i) & 1) === 1;
    options.push({
      literals: isExact
        ? children.map((child, i) =>
            holds(i) ? { literal: child, within } : { literal: goals.opposite(child), within: [] },
          )
        : children.filter((_, i) => holds(i)).map((child) => ({ literal: child, within })),
    });
  }
  return options;
}

export const anyOf = keyword({
  name: "anyOf",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "list",
  inPlace: true,
  combines: true,
  demand(given, demands) {
    if (demands.within.length === 0) {
      const alternatives = alternativesOf(demands.goals, demands.literal, "anyOf");
      demands.choose(optionsOf(alternatives, demands));
    } else {
      const children = (given as JsonArray).map((_, i) => demands.child("anyOf", i));
      demands.choose(subsetsOf(children, demands));
    }
  },
  fail(_given, failures) {
    const { goals } = failures;
    const { listed, others } = alternativesOf(goals, failures.literal, "anyOf");
    const negated = others.map((child) => goals.opposite(child));
    failures.add(listed.size === 0 ? negated : [goals.values([...listed.keys()], false), ...negated]);
  },
  oneHolds: (literal, goals) => branchesOf(goals, literal, "anyOf"),
  quickChoice: (node, types, look) => look.canChoose(node, "anyOf", types),
  remote: "whole",
});
