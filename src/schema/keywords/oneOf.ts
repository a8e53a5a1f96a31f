import { alternativesOf } from "../solver/alternatives.js";
import type { Option } from "../solver/branch.js";
import { areDisjoint } from "../solver/disjoint.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { Demands } from "./demands.js";
import { keyword } from "./keyword.js";

/** Each branch alone: the others must fail, as far as they could hold together with it. */
function optionsOf(demands: Demands): Option[] {
  const { goals, within } = demands;
  const { listed, others } = alternativesOf(goals, demands.literal, "oneOf");
  const once = [...listed].filter(([, count]) => count === 1).map(([value]) => value);
  const notListed: Literal[] = listed.size === 0 ? [] : [goals.values([...listed.keys()], false)];
  const options: Option[] = others.map((child, i) => ({
    literals: [
      { literal: child, within },
      ...[
        ...notListed,
        ...others
          .filter((other, j) => j !== i && !areDisjoint(goals, child, other))
          .map((other) => goals.opposite(other)),
      ].map((literal) => ({ literal, within: [] })),
    ],
  }));
  if (once.length > 0) {
    options.unshift({
      literals: [goals.values(once, true), ...others.map((other) => goals.opposite(other))].map(
        (literal) => ({
          literal,
          within: [],
        }),
      ),
    });
  }
  return options;
}

/** Work of telling two branches apart, in elementary steps, about. */
const COMPARISON_WORK = 100;

/** Pairs of branches that some value could meet both. */
function* overlaps(goals: Goals, children: readonly SchemaLiteral[]) {
  for (let i = 0; i < children.length; i++) {
    for (let j = i + 1; j < children.length; j++) {
      goals.fuel.spend(COMPARISON_WORK);
      if (!areDisjoint(goals, children[i], children[j])) yield [children[i], children[j]];
    }
  }
}

export const oneOf = keyword({
  name: "oneOf",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "list",
  combines: true,
  demand: (_given, demands) => demands.choose(optionsOf(demands)),
  fail(_given, failures) {
    const { goals } = failures;
    const { listed, others } = alternativesOf(goals, failures.literal, "oneOf");
    const negated = others.map((child) => goals.opposite(child));
    const values = [...listed.keys()];
    const repeated = values.filter((value) => listed.get(value)! > 1);
    // None holds, or two do.
    failures.add(values.length === 0 ? negated : [goals.values(values, false), ...negated]);
    if (repeated.length > 0) failures.add([goals.values(repeated, true)]);
    if (values.length > 0) for (const other of others) failures.add([goals.values(values, true), other]);
    for (const pair of overlaps(goals, others)) failures.add(pair);
  },
  quickChoice: (node, types, look) => look.canChoose(node, "oneOf", types),
});
