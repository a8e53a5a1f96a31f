import { literals } from "../../regex/index.js";
import type { Branch, ContainsPart, SomeProperty } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";

// Negated `unevaluated*` keywords need a member or item that nothing has evaluated. What that can be is known when the branch
// is complete.

/** The requirement by names, after the branch has determined which are evaluated. */
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

/** The count by index, after the branch has determined which items are evaluated. */
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
