import type { ArrayDescription, Binary, Goal, ValueChoice } from "../grammar/index.js";
import { compositeOf, spellingOf, textOf } from "../grammar/index.js";
import type { JsonValue } from "../types.js";
import type { Branch } from "./branch.js";
import type { Goals } from "./goals.js";
import type { Literal } from "./literal.js";
import { unevaluatedItem } from "./unevaluated.js";

/** Arrays and objects that the next item is kept clear of on the way, the last ones seen. */
const MOST_KEPT_CLEAR_OF = 64;

/** What the branch says of arrays. */
export function describeArray(goals: Goals, branch: Branch): ArrayDescription {
  const { itemGroups, unevaluatedItems, unique } = branch;
  const contains = branch.contains.map((part) => unevaluatedItem(goals, branch, part));
  let prefixLength = 0;
  for (const group of itemGroups) prefixLength = Math.max(prefixLength, group.prefix.length);
  for (const part of contains) prefixLength = Math.max(prefixLength, part.from);
  const plain = new Map<number, Goal>();

  const parsed = new Map<Binary, JsonValue | undefined>();
  /** The value that `text` spells; undefined where JavaScript cannot hold its numbers. */
  const readable = (text: Binary): JsonValue | undefined => {
    if (!parsed.has(text)) {
      const value = JSON.parse(textOf(text)) as JsonValue;
      parsed.set(text, spellingOf(value) === text ? value : undefined);
    }
    return parsed.get(text);
  };
  const valuesOf = (texts: readonly Binary[]) =>
    texts.map(readable).filter((value): value is JsonValue => value !== undefined);
  const repeated = (seen: readonly Binary[]) => goals.values(valuesOf(seen), true);
  /** The values seen that the next item is kept clear of. */
  const told = (seen: readonly Binary[]): JsonValue[] => {
    const isComposite = (value: JsonValue) => typeof value === "object" && value !== null;
    const values = valuesOf(seen);
    let surplus = values.filter(isComposite).length - MOST_KEPT_CLEAR_OF;
    return surplus <= 0 ? values : values.filter((value) => !isComposite(value) || surplus-- <= 0);
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
        literals.push(contains[i].repeats === true ? repeated(seen) : contains[i].literal);
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
        // A nested `unevaluatedItems` evaluates all that is left.
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
      const values = told(seen);
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
    rulesOut: (seen) => told(seen).length === seen.length,
    excluded: branch.excluded.filter(Array.isArray).map(compositeOf),
  };
}
