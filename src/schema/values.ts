import { ARRAY, decimalOf, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../grammar/index.js";
import type { JsonValue } from "../types.js";
import type { Branch, Option } from "./branch.js";
import type { Goals } from "./goals.js";
import type { ValuesLiteral } from "./literal.js";
import { limitTypes } from "./parts.js";

/** `enum` and `const`, or their negation. */
export function takeValues(goals: Goals, branch: Branch, literal: ValuesLiteral): boolean {
  return literal.positive ? keepValues(goals, branch, literal.values) : dropValues(branch, literal.values);
}

function keepValues(goals: Goals, branch: Branch, values: readonly JsonValue[]): boolean {
  const scalars = values.filter((value) => typeof value !== "object" || value === null);
  const complex = values.filter((value) => typeof value === "object" && value !== null);
  if (complex.length === 0) return keepScalars(branch, scalars);
  const options: Option[] = complex.map((value) => ({
    literals: [],
    apply: (b) => keepComplex(goals, b, value),
  }));
  if (scalars.length > 0) options.unshift({ literals: [], apply: (b) => void keepScalars(b, scalars) });
  branch.choices.push({ options, negative: false });
  return true;
}

function keepScalars(branch: Branch, values: readonly JsonValue[]): boolean {
  let types = 0;
  const texts: string[] = [];
  const numbers: number[] = [];
  for (const value of values) {
    if (value === null) types |= NULL;
    else if (value === true) types |= TRUE;
    else if (value === false) types |= FALSE;
    else if (typeof value === "string") texts.push(value);
    else if (typeof value === "number") numbers.push(value);
  }
  if (texts.length > 0) types |= STRING;
  if (numbers.length > 0) types |= NUMBER;
  limitTypes(branch, types);
  if ((branch.types & STRING) !== 0) branch.keepStrings(texts);
  if ((branch.types & NUMBER) !== 0) branch.keepNumbers(numbers.map(decimalOf));
  return branch.types !== 0;
}

function keepComplex(goals: Goals, branch: Branch, value: JsonValue): void {
  if (Array.isArray(value)) {
    limitTypes(branch, ARRAY);
    branch.minItems = Math.max(branch.minItems, value.length);
    branch.maxItems = Math.min(branch.maxItems, value.length);
    branch.itemGroups.push({
      prefix: value.map((item) => goals.values([item], true)),
      rest: goals.never,
      within: [],
    });
    return;
  }
  limitTypes(branch, OBJECT);
  const members = Object.entries(value as Record<string, JsonValue>);
  branch.propertyGroups.push({
    names: new Map(members.map(([name, member]) => [name, goals.values([member], true)])),
    patterns: [],
    additional: goals.never,
    synthetic: false,
    within: [],
  });
  for (const [name] of members) branch.require(name);
}

function dropValues(branch: Branch, values: readonly JsonValue[]): boolean {
  const texts: string[] = [];
  const numbers: number[] = [];
  const composites: JsonValue[] = [];
  for (const value of values) {
    if (value === null) branch.types &= ~NULL;
    else if (value === true) branch.types &= ~TRUE;
    else if (value === false) branch.types &= ~FALSE;
    else if (typeof value === "string") texts.push(value);
    else if (typeof value === "number") numbers.push(value);
    else composites.push(value);
  }
  // The automaton itself keeps clear of them.
  if (composites.length > 0) branch.excluded = [...branch.excluded, ...composites];
  if (texts.length > 0) branch.string.excluded = [...branch.string.excluded, ...texts];
  if (numbers.length > 0) branch.number.excluded = [...branch.number.excluded, ...numbers.map(decimalOf)];
  return branch.types !== 0;
}
