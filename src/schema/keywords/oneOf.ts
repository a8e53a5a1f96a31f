import { ALL_TYPES, OBJECT } from "../../grammar/index.js";
import { alternativesOf, branchesOf } from "../solver/alternatives.js";
import type { Option } from "../solver/branch.js";
import { areDisjoint, areDisjointAtAGlance, areDisjointObjects } from "../solver/disjoint.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import { typesOf } from "../solver/outline.js";
import type { Demands } from "./demands.js";
import { keyword } from "./keyword.js";

/** The branches that could hold together with `child`, for objects or only for other values. */
function overlapsOf(goals: Goals, child: SchemaLiteral, others: readonly SchemaLiteral[]) {
  const anywhere: SchemaLiteral[] = [];
  const outsideObjects: SchemaLiteral[] = [];
  for (const other of others) {
    if (other === child || areDisjointAtAGlance(goals, child, other)) continue;
    const types = typesOf(goals, child) & typesOf(goals, other);
    const isMixed = (types & OBJECT) !== 0 && types !== OBJECT;
    if (isMixed && areDisjointObjects(goals, child, other)) outsideObjects.push(other);
    else if (!areDisjoint(goals, child, other)) anywhere.push(other);
  }
  return { anywhere, outsideObjects };
}

function typed(types: number): Pick<Option, "types" | "apply"> {
  return { types, apply: (branch) => branch.limitTypes(types) };
}

/** One option per branch: the others must fail, as far as they could hold together with it. */
function optionsOf(demands: Demands): Option[] {
  const { goals, within } = demands;
  const { listed, others } = alternativesOf(goals, demands.literal, "oneOf");
  const once = [...listed].filter(([, count]) => count === 1).map(([value]) => value);
  const notListed: Literal[] = listed.size === 0 ? [] : [goals.values([...listed.keys()], false)];
  const only = (child: SchemaLiteral, failing: readonly SchemaLiteral[]): Option["literals"] => [
    { literal: child, within },
    ...[...notListed, ...failing.map((other) => goals.opposite(other))].map((literal) => ({
      literal,
      within: [],
    })),
  ];
  const options: Option[] = others.flatMap((child) => {
    const { anywhere, outsideObjects } = overlapsOf(goals, child, others);
    if (outsideObjects.length === 0) return { literals: only(child, anywhere) };
    return [
      { literals: only(child, anywhere), ...typed(OBJECT) },
      { literals: only(child, [...anywhere, ...outsideObjects]), ...typed(ALL_TYPES & ~OBJECT) },
    ];
  });
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

/** Approximate cost of comparing two branches, in elementary steps. */
const COMPARISON_WORK = 100;

/** Pairs of branches that could hold together. */
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
  inPlace: true,
  denies: true,
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
  oneHolds: (literal, goals) => branchesOf(goals, literal, "oneOf"),
  quickChoice: (node, types, look) => look.canChoose(node, "oneOf", types),
});
