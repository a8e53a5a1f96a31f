import {
  ALL_TYPES,
  type Binary,
  compare,
  type Decimal,
  type ListedNumbers,
  leastCommonMultiple,
  type NumberShape,
} from "../../grammar/index.js";
import type { ByteAutomaton } from "../../regex/index.js";
import type { Conjunction } from "./conjunction.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";

/** `properties`, `patternProperties` and `additionalProperties` of one schema, which depend on each other only. */
export interface PropertyGroup {
  readonly names: ReadonlyMap<string, Literal>;
  readonly patterns: readonly { readonly automaton: ByteAutomaton; readonly literal: Literal }[];
  readonly additional: Literal | undefined;
  /** Whether it was derived, not written by the author, so that its names do not determine the order. */
  readonly synthetic: boolean;
  /** The `unevaluatedProperties` keywords for which the properties of this group count as evaluated. */
  readonly within: readonly number[];
}

/** `prefixItems` and `items` of one schema. */
export interface ItemGroup {
  readonly prefix: readonly Literal[];
  readonly rest: Literal | undefined;
  readonly within: readonly number[];
}

/** "Some property whose name is in the class has a value that meets `literal`." */
export interface SomeProperty {
  readonly matches: (name: string) => boolean;
  /** False if the automata permit more names than `matches`. */
  readonly isRegular?: boolean;
  /** Automata of the class: it contains the keys that all of `inside` and none of `outside` accept. */
  readonly inside: readonly ByteAutomaton[];
  readonly outside: readonly ByteAutomaton[];
  readonly literal: Literal;
  /** Restricts it to properties that the schema of this `unevaluatedProperties` keyword leaves unevaluated. */
  readonly unevaluatedBy?: number;
}

export interface ContainsPart {
  readonly literal: Literal;
  /** The same, negated. */
  readonly opposite: Literal;
  readonly min: number;
  readonly max: number;
  /** Only items from this index on can match. */
  readonly from: number;
  /** The `unevaluatedItems` keywords for which matching items count as evaluated. */
  readonly within: readonly number[];
  /** Whether matching items are those that repeat an earlier one; `literal` is then ignored. */
  readonly repeats?: boolean;
  /** Restricts it to items that the schema of this `unevaluatedItems` keyword leaves unevaluated. */
  readonly unevaluatedBy?: number;
  /** A further demand on matching items. */
  readonly also?: readonly Literal[];
}

/** One option of a choice: what it adds to the branch. */
export interface Option {
  readonly literals: readonly { literal: Literal; within: readonly number[] }[];
  readonly apply?: (branch: Branch) => void;
  /** Restricts it to values of these types. */
  readonly types?: number;
  /** The member that it forbids. */
  readonly forbids?: string;
  /** Set if it only demands that this member is absent. */
  readonly absent?: string;
  /** The member that it requires, with a value that meets `literal`. */
  readonly member?: { readonly name: string; readonly literal: Literal };
  /** Set if it only demands the value of the member, if present. */
  readonly ifPresent?: { readonly name: string; readonly literal: Literal };
}

/** An open disjunction of a branch. */
export interface Choice {
  readonly options: readonly Option[];
  /** Whether it comes from a negation: if ways to fail multiply beyond the limit, only one of them is kept. */
  readonly negative: boolean;
  /** The schema that has to fail: if it already does, there is nothing left to choose. */
  readonly failing?: SchemaLiteral;
}

/** What is known about a member from the first `groups` groups of properties, of which `last` is the last. */
export interface KnownMember {
  readonly groups: number;
  readonly last: PropertyGroup | undefined;
  readonly conjunction: Conjunction | undefined;
  /** What was known from fewer groups, which other branches may begin with. */
  readonly before: KnownMember | undefined;
}

/** A set that one branch after the other uses: `undo` takes back what was added since it had `length` elements. */
export class Taken {
  private readonly set = new Set<number | string>();
  private readonly log: (number | string)[] = [];

  get length(): number {
    return this.log.length;
  }

  has(element: number): boolean {
    return this.set.has(element);
  }

  /** False if it is there already. */
  add(element: number | string): boolean {
    if (this.set.has(element)) return false;
    this.set.add(element);
    this.log.push(element);
    return true;
  }

  undo(length: number): void {
    while (this.log.length > length) this.set.delete(this.log.pop()!);
  }
}

/** A conjunction being built: all demands of one alternative. */
export class Branch {
  /** Location of one of its schemas, for errors. */
  readonly location: string;
  types = ALL_TYPES;
  number: NumberParts = {
    lower: undefined,
    upper: undefined,
    multipleOf: undefined,
    notMultipleOf: [],
    values: undefined,
    excluded: [],
    form: 0,
    plain: false,
  };
  string: StringParts = {
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    automata: [],
    values: undefined,
    excluded: [],
    checks: [],
  };
  /** Append-only. */
  propertyGroups: PropertyGroup[] = [];
  /** What is known about members: common to all branches of a split. */
  readonly members = new Map<string, KnownMember>();
  required: string[] = [];
  minProperties = 0;
  maxProperties = Number.POSITIVE_INFINITY;
  propertyNames: Literal[] = [];
  someProperties: SomeProperty[] = [];
  itemGroups: ItemGroup[] = [];
  minItems = 0;
  maxItems = Number.POSITIVE_INFINITY;
  unique = false;
  contains: ContainsPart[] = [];
  /** Excluded objects and arrays, by canonical spelling. */
  excluded: readonly Binary[] = [];
  unevaluatedProperties: { id: number; literal: Literal; within: readonly number[] }[] = [];
  unevaluatedItems: { id: number; literal: Literal; within: readonly number[] }[] = [];
  /** The numbers of `unevaluated*` keywords by schema: a schema that refers to itself gets no new ones. */
  trackers: ReadonlyMap<string, number> = new Map();
  /** Literals added so far: their numbers, to detect contradictions immediately; and their keys with the enclosing `unevaluated*`. */
  readonly taken = new Taken();
  pending: { literal: Literal; within: readonly number[] }[] = [];
  choices: Choice[] = [];
  /** Whether some schema explicitly restricts types or values. */
  isTyped = false;
  /** The number of ways among which it was chosen, if there are too many alternatives. */
  ways = 1;
  /** Types (OBJECT, ARRAY) of which some schema names members or items without a `type`. */
  named = 0;

  constructor(location: string) {
    this.location = location;
  }

  /** A copy that goes its own way, except for what all branches of a split have in common. */
  clone(): Branch {
    // As fast as copying field by field, and four times as fast as `Object.assign`.
    const copy: Branch = Object.setPrototypeOf({ ...this }, Branch.prototype);
    copy.number = { ...this.number };
    copy.string = { ...this.string };
    copy.propertyGroups = this.propertyGroups.slice();
    copy.required = this.required.slice();
    copy.itemGroups = this.itemGroups.slice();
    copy.unevaluatedProperties = this.unevaluatedProperties.slice();
    copy.unevaluatedItems = this.unevaluatedItems.slice();
    copy.pending = this.pending.slice();
    copy.choices = this.choices.slice();
    return copy;
  }

  /** Restricts the types to `types`. */
  limitTypes(types: number): void {
    this.types &= types;
  }

  /** Records that a schema names members of objects, or items of arrays. */
  names(type: number): void {
    this.named |= type;
  }

  /** Forbids the property. */
  forbid(goals: Goals, name: string): void {
    this.nameOnly(new Map([[name, goals.never]]));
  }

  /** Adds a derived demand on the values of these properties. */
  nameOnly(names: ReadonlyMap<string, Literal>): void {
    this.propertyGroups.push({ names, patterns: [], additional: undefined, synthetic: true, within: [] });
  }

  needSome(some: SomeProperty): void {
    this.someProperties = [...this.someProperties, some];
  }

  require(name: string): void {
    if (!this.required.includes(name)) this.required.push(name);
  }

  atLeast(value: Decimal, exclusive: boolean): void {
    const { lower } = this.number;
    const order = lower === undefined ? 1 : compare(value, lower.value);
    if (order > 0 || (order === 0 && exclusive)) this.number.lower = { value, exclusive };
  }

  atMost(value: Decimal, exclusive: boolean): void {
    const { upper } = this.number;
    const order = upper === undefined ? -1 : compare(value, upper.value);
    if (order < 0 || (order === 0 && exclusive)) this.number.upper = { value, exclusive };
  }

  multipleOf(step: Decimal): void {
    const before = this.number.multipleOf;
    this.number.multipleOf = before === undefined ? step : leastCommonMultiple(before, step);
  }

  keepNumbers(values: readonly Decimal[]): void {
    const before = this.number.values;
    this.number.values =
      before === undefined ? values : before.filter((a) => values.some((b) => compare(a, b) === 0));
  }

  keepStrings(values: readonly string[]): void {
    const before = this.string.values;
    if (before === undefined) this.string.values = [...new Set(values)];
    else {
      const kept = new Set(values);
      this.string.values = before.filter((value) => kept.has(value));
    }
  }
}

/** Adds what holds in this way to the branch. */
export function follow(branch: Branch, { literals, types, apply }: Option): void {
  branch.pending.push(...literals);
  if (types !== undefined) branch.limitTypes(types);
  apply?.(branch);
}

export type NumberParts = { -readonly [K in keyof NumberShape]: NumberShape[K] | undefined } & {
  notMultipleOf: readonly Decimal[];
  excluded: readonly ListedNumbers[];
  form: number;
  plain: boolean;
};

export interface StringParts {
  minLength: number;
  maxLength: number;
  automata: readonly ByteAutomaton[];
  values: readonly string[] | undefined;
  excluded: readonly string[];
  checks: readonly ((text: string) => boolean)[];
}
