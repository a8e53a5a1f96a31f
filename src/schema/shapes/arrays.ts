import type { ArrayDescription, Binary, Goal, ValueChoice } from "../../grammar/index.js";
import { ARRAY, compositeOf, OBJECT } from "../../grammar/index.js";
import type { Branch } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Literal } from "../solver/literal.js";
import { typeOfSpelling } from "../solver/spelling.js";
import { unevaluatedItem } from "./unevaluated.js";

/** Maximum number of earlier arrays and objects that the next item avoids while it is written, the most recent ones. */
const MAX_KEPT_CLEAR_OF = 64;

/** Whether it contains a number such as `1e9999`, which is too long to be followed digit by digit: its spelling keeps the exponent. */
function isBeyondMachines(value: Binary): boolean {
  return value.includes("e") && /\de/.test(value.replace(/"(?:[^"\\]|\\.)*"/g, ""));
}

/** The branch's demands on arrays. */
export function describeArray(goals: Goals, branch: Branch): ArrayDescription {
  const { itemGroups, unevaluatedItems, unique } = branch;
  const contains = branch.contains.map((part) => unevaluatedItem(goals, branch, part));
  let prefixLength = 0;
  for (const group of itemGroups) prefixLength = Math.max(prefixLength, group.prefix.length);
  for (const part of contains) prefixLength = Math.max(prefixLength, part.from);
  const plain = new Map<number, Goal>();

  const isComposite = (value: Binary) => (typeOfSpelling(value) & (ARRAY | OBJECT)) !== 0;
  /** The earlier values that the next item avoids. */
  const avoided = (seen: readonly Binary[]): readonly Binary[] => {
    let surplus = seen.filter(isComposite).length - MAX_KEPT_CLEAR_OF;
    return seen.filter((value) => (isComposite(value) ? surplus-- <= 0 : true) && !isBeyondMachines(value));
  };
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
        literals.push(contains[i].repeats === true ? goals.values(avoided(seen), true) : contains[i].literal);
        literals.push(...(contains[i].also ?? []));
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
        // A nested `unevaluatedItems` evaluates all remaining items.
        unevaluatedItems.some((other) => other.within.includes(keyword.id));
      if (!evaluated) literals.push(keyword.literal);
    }
    return literals;
  };

  const goal = (
    index: number,
    matched: number,
    unmatched: number,
    seen: readonly Binary[],
    choice?: ValueChoice,
  ): Goal => {
    const isPlain = matched === 0 && unmatched === 0 && seen.length === 0 && choice === undefined;
    const known = isPlain ? plain.get(index) : undefined;
    if (known !== undefined) return known;
    const literals = literalsAt(index, matched, unmatched, seen);
    if (literals === undefined) return goals.goal([goals.never]);
    if (unique && seen.length > 0) {
      const values = avoided(seen);
      if (values.length > 0) literals.push(goals.values(values, false));
    }
    const found = goals.chosen(literals.length === 0 ? [goals.always] : literals, choice);
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
    rulesOut: (seen) => avoided(seen).length === seen.length,
    excluded: branch.excluded.filter((value) => typeOfSpelling(value) === ARRAY).map(compositeOf),
  };
}
