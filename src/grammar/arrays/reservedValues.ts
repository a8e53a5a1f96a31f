import { type Binary, canonical } from "../bytes.js";
import type { Goal } from "../goal.js";
import type { ValueChoice } from "../values/excludedComposites.js";
import type { ArrayDescription } from "./shape.js";

// If items must differ and some of them have few possible values, an earlier item must not use up the last of these.

/** Limits: values that count as few, positions of look-ahead, `contains` considered. */
const FEW = 8;
const MAX_AHEAD = 4;
const MAX_CONTAINS = 3;
/** Maximum total number of values: each is tried at each position. */
const MAX_VALUES = 12;

/** The values needed by later items with few possible values, or by an item that some `contains` requires. */
export function reservedValues(description: ArrayDescription, index: number): readonly Binary[] {
  const { contains, prefixLength, unique, goal } = description;
  if (!unique || prefixLength - index > MAX_AHEAD || contains.length > MAX_CONTAINS) return [];
  const found = new Set<Binary>();
  const add = (goalOf: (choice: ValueChoice | undefined) => Goal) => {
    for (const value of fewValues(goalOf)) found.add(value);
  };
  for (let at = index + 1; at < prefixLength; at++) add((choice) => goal(at, 0, 0, [], choice));
  contains.forEach(({ min }, i) => {
    if (min > 0) add((choice) => goal(prefixLength, 1 << i, 0, [], choice));
  });
  return found.size > MAX_VALUES ? [] : [...found];
}

/** All values of a goal if they are few, else none. */
function fewValues(goalOf: (choice: ValueChoice | undefined) => Goal): readonly Binary[] {
  const values: Binary[] = [];
  while (values.length <= FEW) {
    const text = goalOf(
      values.length === 0 ? undefined : { values: [...values], isAmong: false },
    ).shortestText;
    if (text === undefined) return values;
    values.push(canonical(text));
  }
  return [];
}
