import {
  ALL_TYPES,
  type Binary,
  compare,
  type Decimal,
  leastCommonMultiple,
  type NumberShape,
} from "../../grammar/index.js";
import type { ByteAutomaton } from "../../regex/index.js";
import type { Conjunction } from "./conjunction.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";

/** `properties`, `patternProperties` and `additionalProperties` of one schema: they see each other, not those of others. */
export interface PropertyGroup {
  readonly names: ReadonlyMap<string, Literal>;
  readonly patterns: readonly { readonly automaton: ByteAutomaton; readonly literal: Literal }[];
  readonly additional: Literal | undefined;
  /** Made here, not written by the author: its names say nothing about order. */
  readonly synthetic: boolean;
  /** `unevaluatedProperties` keywords for which the properties of this group count as evaluated. */
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
  /** False where the automata let more names into the class than `matches` does. */
  readonly isRegular?: boolean;
  /** Automata of the class: a key is in it when it is in all of `inside` and in none of `outside`. */
  readonly inside: readonly ByteAutomaton[];
  readonly outside: readonly ByteAutomaton[];
  readonly literal: Literal;
  /** Only among the properties that the schema of this `unevaluatedProperties` keyword leaves unevaluated. */
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
  /** `unevaluatedItems` keywords for which matching items count as evaluated. */
  readonly within: readonly number[];
  /** Matching items repeat one before them; `literal` does not count. */
  readonly repeats?: boolean;
  /** Only among the items that the schema of this `unevaluatedItems` keyword leaves unevaluated. */
  readonly unevaluatedBy?: number;
  /** What matching items meet besides. */
  readonly also?: readonly Literal[];
}

/** One way a part of a schema can hold: what is added to the branch. */
export interface Option {
  readonly literals: readonly { literal: Literal; within: readonly number[] }[];
  readonly apply?: (branch: Branch) => void;
  /** Only for values of these types. */
  readonly types?: number;
  /** The member that it keeps from standing. */
  readonly forbids?: string;
  /** It says no more than that this member does not stand. */
  readonly absent?: string;
  /** The member that it requires, with a value that meets `literal`. */
  readonly member?: { readonly name: string; readonly literal: Literal };
  /** The value that the member has if it stands; it says no more than this. */
  readonly ifPresent?: { readonly name: string; readonly literal: Literal };
}

/** A disjunction still open in a branch. */
export interface Choice {
  readonly options: readonly Option[];
  /** From a negation: there are many ways to fail, and where they multiply beyond the limit one of them must do. */
  readonly negative: boolean;
  /** The schema that has to fail: where it already does, there is nothing left to choose. */
  readonly failing?: SchemaLiteral;
}

/** A conjunction being built: everything known to hold together in one alternative. */
export class Branch {
  /** Of a schema that takes part, for errors. */
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
  /** Only ever added to. */
  propertyGroups: PropertyGroup[] = [];
  /** What has been seen of members, and of how many of the groups. */
  members = new Map<string, { readonly groups: number; readonly conjunction: Conjunction | undefined }>();
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
  /** Objects and arrays that the value may not equal, by their canonical spelling. */
  excluded: readonly Binary[] = [];
  unevaluatedProperties: { id: number; literal: Literal; within: readonly number[] }[] = [];
  unevaluatedItems: { id: number; literal: Literal; within: readonly number[] }[] = [];
  /** The numbers of `unevaluated` keywords by what has them: a schema that refers to itself has no new ones. */
  trackers: ReadonlyMap<string, number> = new Map();
  /** Literals taken in, with the `unevaluated` keywords they stand under. */
  seen = new Set<string>();
  /** Literals taken in, to find a contradiction at once. */
  taken = new Set<number>();
  pending: { literal: Literal; within: readonly number[] }[] = [];
  choices: Choice[] = [];
  /** Some schema says outright what types or values there may be. */
  isTyped = false;
  /** Ways to fail that it is one of, in a widened schema. */
  ways = 1;
  /** Types (OBJECT, ARRAY) whose members or items some schema names without a `type`. */
  named = 0;

  constructor(location: string) {
    this.location = location;
  }

  clone(): Branch {
    const copy = new Branch(this.location);
    copy.types = this.types;
    copy.number = { ...this.number };
    copy.string = { ...this.string };
    copy.propertyGroups = this.propertyGroups.slice();
    copy.members = new Map(this.members);
    copy.required = this.required.slice();
    copy.minProperties = this.minProperties;
    copy.maxProperties = this.maxProperties;
    copy.propertyNames = this.propertyNames.slice();
    copy.someProperties = this.someProperties.slice();
    copy.itemGroups = this.itemGroups.slice();
    copy.minItems = this.minItems;
    copy.maxItems = this.maxItems;
    copy.unique = this.unique;
    copy.contains = this.contains.slice();
    copy.excluded = this.excluded;
    copy.unevaluatedProperties = this.unevaluatedProperties.slice();
    copy.unevaluatedItems = this.unevaluatedItems.slice();
    copy.seen = new Set(this.seen);
    copy.taken = new Set(this.taken);
    copy.pending = this.pending.slice();
    copy.choices = this.choices.slice();
    copy.trackers = this.trackers;
    copy.isTyped = this.isTyped;
    copy.ways = this.ways;
    copy.named = this.named;
    return copy;
  }

  /** Keeps only the types in `types`. */
  limitTypes(types: number): void {
    this.types &= types;
  }

  /** A schema names members of objects, or items of arrays. */
  names(type: number): void {
    this.named |= type;
  }

  /** The property may not stand. */
  forbid(goals: Goals, name: string): void {
    this.nameOnly(new Map([[name, goals.never]]));
  }

  /** What the values of these properties must meet, by no schema of the author's. */
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

export type NumberParts = { -readonly [K in keyof NumberShape]: NumberShape[K] | undefined } & {
  notMultipleOf: readonly Decimal[];
  excluded: readonly Decimal[];
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
