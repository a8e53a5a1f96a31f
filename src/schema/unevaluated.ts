import { ARRAY, OBJECT } from "../grammar/index.js";
import { literals } from "../regex/index.js";
import type { Branch, ContainsPart, SomeProperty } from "./branch.js";
import type { Goals } from "./goals.js";
import type { SchemaLiteral } from "./literal.js";
import { limitTypes } from "./parts.js";
import { takeKeywords } from "./positive.js";

// `unevaluatedProperties` and `unevaluatedItems` fail where the rest of the schema holds and something that nothing in
// it has evaluated does not meet them. What counts as evaluated is known once the branch is complete.

/** Adds that `unevaluatedProperties` fails, and nothing but it. */
export function failUnevaluatedProperties(goals: Goals, branch: Branch, literal: SchemaLiteral): void {
  limitTypes(branch, OBJECT);
  const id = goals.newTracker(true);
  branch.someProperties = [
    ...branch.someProperties,
    {
      matches: () => true,
      inside: [],
      outside: [],
      literal: goals.child(literal, "unevaluatedProperties", undefined, false),
      unevaluatedBy: id,
    },
  ];
  takeKeywords(goals, branch, literal, [id]);
}

/** Adds that `unevaluatedItems` fails, and nothing but it. */
export function failUnevaluatedItems(goals: Goals, branch: Branch, literal: SchemaLiteral): void {
  limitTypes(branch, ARRAY);
  const id = goals.newTracker(true);
  branch.contains = [
    ...branch.contains,
    {
      literal: goals.child(literal, "unevaluatedItems", undefined, false),
      opposite: goals.child(literal, "unevaluatedItems", undefined, true),
      min: 1,
      max: Number.POSITIVE_INFINITY,
      from: 0,
      within: [],
      unevaluatedBy: id,
    },
  ];
  takeKeywords(goals, branch, literal, [id]);
}

/** The requirement by names, now that the branch tells which are evaluated. */
export function unevaluatedProperty(branch: Branch, some: SomeProperty): SomeProperty {
  const id = some.unevaluatedBy;
  if (id === undefined) return some;
  const groups = branch.propertyGroups.filter((group) => group.within.includes(id));
  const none =
    groups.some((group) => group.additional !== undefined) ||
    branch.unevaluatedProperties.some((other) => other.within.includes(id));
  if (none) return { ...some, matches: () => false, inside: [literals([])] };
  const names = new Set(groups.flatMap((group) => [...group.names.keys()]));
  const patterns = groups.flatMap((group) => group.patterns.map(({ automaton }) => automaton));
  return {
    ...some,
    matches: (name) => !names.has(name) && !patterns.some((automaton) => automaton.matches(name)),
    outside: names.size === 0 ? patterns : [literals([...names]), ...patterns],
  };
}

/** The count by places, now that the branch tells which items are evaluated. */
export function unevaluatedItem(goals: Goals, branch: Branch, part: ContainsPart): ContainsPart {
  const id = part.unevaluatedBy;
  if (id === undefined) return part;
  const groups = branch.itemGroups.filter((group) => group.within.includes(id));
  const none =
    groups.some((group) => group.rest !== undefined) ||
    branch.unevaluatedItems.some((other) => other.within.includes(id));
  if (none) return { ...part, literal: goals.never };
  return {
    ...part,
    from: groups.reduce((most, group) => Math.max(most, group.prefix.length), 0),
    also: branch.contains.filter((other) => other.within.includes(id)).map((other) => other.opposite),
  };
}
