import {
  ARRAY,
  type Binary,
  type Decimal,
  ListedNumbers,
  membersOf,
  NUMBER,
  OBJECT,
  parseDecimal,
  STRING,
} from "../../grammar/index.js";
import type { Branch, Option } from "./branch.js";
import type { Goals } from "./goals.js";
import type { SortedValues, ValuesLiteral } from "./literal.js";
import { isComposite, stringOf, typeOfSpelling } from "./spelling.js";

/** Approximate cost of one value of an enumeration, in elementary steps. */
const VALUE_WORK = 40;

/** `enum` and `const`, or their negation. */
export function takeValues(goals: Goals, branch: Branch, literal: ValuesLiteral): boolean {
  // Lists of thousands are excluded again and again, from each item of an array whose items differ, for one; they are sorted once.
  goals.fuel.spend(VALUE_WORK * (literal.sorted === undefined ? literal.values.length : 1));
  return literal.positive ? keepValues(goals, branch, literal.values) : dropValues(branch, literal);
}

function keepValues(goals: Goals, branch: Branch, values: readonly Binary[]): boolean {
  const scalars = values.filter((value) => !isComposite(value));
  const composites = values.filter(isComposite);
  if (composites.length === 0) return keepScalars(branch, scalars);
  const options: Option[] = composites.map((value) => ({
    literals: [],
    apply: (b) => keepComposite(goals, b, value),
  }));
  if (scalars.length > 0) options.unshift({ literals: [], apply: (b) => void keepScalars(b, scalars) });
  branch.choices.push({ options, negative: false });
  return true;
}

function keepScalars(branch: Branch, values: readonly Binary[]): boolean {
  let types = 0;
  for (const value of values) types |= typeOfSpelling(value);
  branch.limitTypes(types);
  if ((branch.types & STRING) !== 0)
    branch.keepStrings(values.filter((value) => typeOfSpelling(value) === STRING).map(stringOf));
  if ((branch.types & NUMBER) !== 0)
    branch.keepNumbers(values.filter((value) => typeOfSpelling(value) === NUMBER).map(parseDecimal));
  return branch.types !== 0;
}

function keepComposite(goals: Goals, branch: Branch, value: Binary): void {
  const members: [name: Binary | undefined, member: Binary][] = [];
  membersOf(value, (name, member) => members.push([name, member]));
  if (typeOfSpelling(value) === ARRAY) {
    branch.limitTypes(ARRAY);
    branch.minItems = Math.max(branch.minItems, members.length);
    branch.maxItems = Math.min(branch.maxItems, members.length);
    branch.itemGroups.push({
      prefix: members.map(([, item]) => goals.values([item], true)),
      rest: goals.never,
      within: [],
    });
    return;
  }
  branch.limitTypes(OBJECT);
  const names = new Map(
    members.map(([name, member]) => [stringOf(`"${name}`), goals.values([member], true)] as const),
  );
  // Objects with a name twice are not valid.
  if (names.size < members.length) branch.limitTypes(0);
  branch.propertyGroups.push({ names, patterns: [], additional: goals.never, synthetic: false, within: [] });
  for (const name of names.keys()) branch.require(name);
}

function dropValues(branch: Branch, literal: ValuesLiteral): boolean {
  literal.sorted ??= sort(literal.values);
  const { words, strings, numbers, composites } = literal.sorted;
  branch.types &= ~words;
  // The automaton itself avoids them.
  if (composites.length > 0) branch.excluded = [...branch.excluded, ...composites];
  if (strings.length > 0) branch.string.excluded = [...branch.string.excluded, ...strings];
  if (numbers !== undefined) branch.number.excluded = [...branch.number.excluded, numbers];
  return branch.types !== 0;
}

function sort(values: readonly Binary[]): SortedValues {
  const strings: string[] = [];
  const numbers: Decimal[] = [];
  const composites: Binary[] = [];
  let words = 0;
  for (const value of values) {
    const type = typeOfSpelling(value);
    if (type === STRING) strings.push(stringOf(value));
    else if (type === NUMBER) numbers.push(parseDecimal(value));
    else if (isComposite(value)) composites.push(value);
    else words |= type;
  }
  return { words, strings, numbers: numbers.length > 0 ? new ListedNumbers(numbers) : undefined, composites };
}
