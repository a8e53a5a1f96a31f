import type { ArrayDescription, Binary, Goal } from "../grammar/index.js";
import { textOf } from "../grammar/index.js";
import type { JsonValue } from "../types.js";
import type { Branch } from "./branch.js";
import type { Goals } from "./goals.js";
import type { Literal } from "./literal.js";

/** What the branch says of arrays. */
export function describeArray(goals: Goals, branch: Branch): ArrayDescription {
  const { itemGroups, contains, unevaluatedItems, unique } = branch;
  let prefixLength = 0;
  for (const group of itemGroups) prefixLength = Math.max(prefixLength, group.prefix.length);
  for (const part of contains) prefixLength = Math.max(prefixLength, part.from);
  const plain = new Map<number, Goal>();

  const repeated = (seen: readonly Binary[]) =>
    goals.values(
      seen.map((text) => JSON.parse(textOf(text)) as JsonValue),
      true,
    );
  const literalsAt = (
    index: number,
    matched: number,
    unmatched: number,
    seen: readonly Binary[],
  ): Literal[] | undefined => {
    const literals: Literal[] = [];
    for (const group of itemGroups) {
      if (index < group.prefix.length) literals.push(group.prefix[index]);
      else if (group.rest !== undefined) literals.push(group.rest);
    }
    for (let i = 0; i < contains.length; i++) {
      if (((matched >> i) & 1) === 1) {
        if (index < contains[i].from) return undefined;
        literals.push(contains[i].repeats === true ? repeated(seen) : contains[i].literal);
      } else if (((unmatched >> i) & 1) === 1 && index >= contains[i].from)
        literals.push(contains[i].opposite);
    }
    for (const keyword of unevaluatedItems) {
      const evaluated =
        itemGroups.some(
          (group) =>
            group.within.includes(keyword.id) && (index < group.prefix.length || group.rest !== undefined),
        ) ||
        contains.some((part, i) => ((matched >> i) & 1) === 1 && part.within.includes(keyword.id)) ||
        // A nested `unevaluatedItems` evaluates all that is left.
        unevaluatedItems.some((other) => other.within.includes(keyword.id));
      if (!evaluated) literals.push(keyword.literal);
    }
    return literals;
  };

  const goal = (index: number, matched: number, unmatched: number, seen: readonly Binary[]): Goal => {
    const isPlain = matched === 0 && unmatched === 0 && seen.length === 0;
    const known = isPlain ? plain.get(index) : undefined;
    if (known !== undefined) return known;
    const literals = literalsAt(index, matched, unmatched, seen);
    if (literals === undefined) return goals.goal([goals.never]);
    if (unique && seen.length > 0) {
      const scalars = seen
        .filter((text) => text[0] !== "{" && text[0] !== "[")
        .map((text) => JSON.parse(textOf(text)) as JsonValue);
      if (scalars.length > 0) literals.push(goals.values(scalars, false));
    }
    const found = goals.goal(literals.length === 0 ? [goals.always] : literals);
    if (isPlain) plain.set(index, found);
    return found;
  };

  return {
    prefixLength,
    minItems: branch.minItems,
    maxItems: branch.maxItems,
    unique,
    remembers: unique || contains.some((part) => part.repeats === true),
    contains: contains.map((part) => ({ min: part.min, max: part.max, evaluates: part.within.length > 0 })),
    goal,
  };
}
