import { SchemaError } from "../../errors.js";
import {
  type Composite,
  type Content,
  compositeOf,
  type ExtraKeys,
  type Goal,
  OBJECT,
  type ObjectDescription,
  type PropertyEntry,
  SomeRequirements,
  type StringMachine,
  spell,
  type ValueChoice,
} from "../../grammar/index.js";
import { type ByteAutomaton, universal } from "../../regex/index.js";
import type { Branch, PropertyGroup, SomeProperty } from "../solver/branch.js";
import { literalsOf } from "../solver/conjunction.js";
import type { Goals } from "../solver/goals.js";
import type { Literal } from "../solver/literal.js";
import { locatedError } from "../solver/locatedError.js";
import { typeOfSpelling } from "../solver/spelling.js";
import { labelledProduct, withLabels } from "./keyContent.js";
import { holdsName, isRegular, languageOf } from "./language.js";
import { contentFor, stringMachine } from "./scalars.js";
import { unevaluatedProperty } from "./unevaluated.js";

/** The branch's demands on objects. */
export function describeObject(goals: Goals, branch: Branch, closed: boolean): ObjectDescription {
  return new Description(goals, branch, closed);
}

class Description implements ObjectDescription {
  readonly ordered: readonly PropertyEntry[];
  readonly late: readonly PropertyEntry[];
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly some: SomeRequirements;
  readonly excluded: readonly Composite[];
  private readonly goals: Goals;
  /** Whether only members that the author names, by name or pattern, are possible. */
  private readonly closed: boolean;
  private readonly branch: Branch;
  private readonly somes: readonly SomeProperty[];
  private readonly nameGoal: Goal | undefined;
  private extraKeys: ExtraKeys | undefined | null = null;

  constructor(goals: Goals, branch: Branch, closed: boolean) {
    this.goals = goals;
    this.closed = closed;
    this.branch = branch;
    this.somes = branch.someProperties.map((some) => unevaluatedProperty(branch, some));
    this.minProperties = branch.minProperties;
    this.maxProperties = branch.maxProperties;
    this.excluded = branch.excluded.filter((value) => typeOfSpelling(value) === OBJECT).map(compositeOf);
    this.some = new SomeRequirements(
      this.somes.map(({ literal }) => (goals.isAlways(literal) ? -1 : literal.id)),
    );
    this.nameGoal = branch.propertyNames.length === 0 ? undefined : goals.ofName(branch.propertyNames);
    const order: string[] = [];
    const others: string[] = [];
    const known = new Set<string>();
    const addTo = (list: string[], name: string) => {
      if (known.has(name)) return;
      known.add(name);
      list.push(name);
    };
    for (const group of branch.propertyGroups)
      if (!group.synthetic) for (const name of group.names.keys()) addTo(order, name);
    for (const group of branch.propertyGroups) for (const name of group.names.keys()) addTo(others, name);
    for (const name of branch.required) addTo(others, name);
    const required = new Set(branch.required);
    const named = new Set(order);
    const entry = (name: string) => {
      const isOut = closed && !required.has(name) && !named.has(name) && !this.matchesPattern(name);
      return this.entry(name, required.has(name), isOut);
    };
    this.ordered = goals.options.anyOrder ? [] : order.map(entry);
    this.late = (goals.options.anyOrder ? [...order, ...others] : others).map(entry);
  }

  /** Depends on which values are possible, so it is computed when keys are first needed, and cached when final. */
  get extra(): ExtraKeys | undefined {
    if (this.extraKeys !== null) return this.extraKeys;
    const { search } = this.goals;
    const { cuts } = search;
    let found: ExtraKeys | undefined;
    try {
      found = this.findExtra();
    } catch (thrown) {
      throw locatedError(thrown, this.branch.location);
    }
    if (cuts === search.cuts) this.extraKeys = found;
    return found;
  }

  private matchesPattern(name: string): boolean {
    return this.branch.propertyGroups.some(({ patterns }) =>
      patterns.some(({ automaton }) => automaton.matches(name)),
    );
  }

  private entry(name: string, required: boolean, isOut: boolean): PropertyEntry {
    const { goals } = this;
    let someBits = 0;
    this.somes.forEach((some, i) => {
      if (some.matches(name)) someBits |= 1 << i;
    });
    const memo: Goal[] = [];
    return {
      spelled: spell(name).slice(1),
      required,
      someBits,
      goal: (bits, choice) => {
        if (choice === undefined && memo[bits] !== undefined) return memo[bits];
        const literals = !isOut && this.nameAllowed(name) ? this.valueLiterals(name, bits) : [goals.never];
        const goal = goals.chosen(literals, choice);
        if (choice === undefined) memo[bits] = goal;
        return goal;
      },
    };
  }

  private nameAllowed(name: string): boolean {
    return this.nameGoal === undefined || holdsName(this.nameGoal, name);
  }

  /** Undefined if automata describe names exactly. */
  private bitsOfKeys(someBits: (label: number) => number): ExtraKeys["bitsOfKey"] {
    const areRegular = this.somes.every((some) => some.isRegular !== false);
    if (areRegular && (this.nameGoal === undefined || isRegular(this.nameGoal))) return undefined;
    return (label, name) => {
      if (!this.nameAllowed(name)) return -1;
      let bits = someBits(label);
      this.somes.forEach((some, i) => {
        if (some.isRegular === false && !some.matches(name)) bits &= ~(1 << i);
      });
      return bits;
    };
  }

  private valueLiterals(name: string, bits: number): Literal[] {
    const { branch } = this;
    const literals = literalsOf(branch, name);
    for (const keyword of branch.unevaluatedProperties) {
      const evaluated =
        branch.propertyGroups.some(
          (group) =>
            group.within.includes(keyword.id) &&
            (group.names.has(name) ||
              group.additional !== undefined ||
              group.patterns.some(({ automaton }) => automaton.matches(name))),
        ) || branch.unevaluatedProperties.some((other) => other.within.includes(keyword.id));
      if (!evaluated) literals.push(keyword.literal);
    }
    return this.withSome(literals, bits);
  }

  private withSome(literals: Literal[], bits: number): Literal[] {
    this.somes.forEach((some, i) => {
      if (((bits >> i) & 1) === 1) literals.push(some.literal);
    });
    return literals.length === 0 ? [this.goals.always] : literals;
  }

  private findExtra(): ExtraKeys | undefined {
    const { branch, goals } = this;
    const automata: ByteAutomaton[] = [];
    const indices = new Map<ByteAutomaton, number>();
    const indexOf = (automaton: ByteAutomaton) => {
      let index = indices.get(automaton);
      if (index === undefined) indices.set(automaton, (index = automata.push(automaton) - 1));
      return index;
    };
    const groups = branch.propertyGroups.filter(
      (group) => group.patterns.length > 0 || group.additional !== undefined,
    );
    /** By automaton: the demands of the groups on matching names. */
    const uses: { readonly group: PropertyGroup; readonly literal: Literal }[][] = [];
    for (const group of groups)
      for (const { automaton, literal } of group.patterns)
        (uses[indexOf(automaton)] ??= []).push({ group, literal });
    const somes = this.somes.map((some) => ({
      inside: some.inside.map(indexOf),
      outside: some.outside.map(indexOf),
    }));

    const goalFor = (matched: readonly number[], bits: number, choice?: ValueChoice): Goal => {
      const literals: Literal[] = [];
      const naming = new Set<PropertyGroup>();
      for (const index of matched) {
        for (const { group, literal } of uses[index] ?? []) {
          naming.add(group);
          literals.push(literal);
        }
      }
      for (const group of groups)
        if (!naming.has(group) && group.additional !== undefined) literals.push(group.additional);
      for (const keyword of branch.unevaluatedProperties) {
        const evaluated =
          groups.some(
            (group) =>
              group.within.includes(keyword.id) && (group.additional !== undefined || naming.has(group)),
          ) || branch.unevaluatedProperties.some((other) => other.within.includes(keyword.id));
        if (!evaluated) literals.push(keyword.literal);
      }
      return goals.chosen(this.withSome(literals, bits), choice);
    };
    const someBitsFor = (matched: readonly number[]) => {
      let bits = 0;
      somes.forEach(({ inside, outside }, i) => {
        if (
          inside.every((index) => matched.includes(index)) &&
          !outside.some((index) => matched.includes(index))
        )
          bits |= 1 << i;
      });
      return bits;
    };
    const names = this.nameGoal === undefined ? undefined : languageOf(goals, this.nameGoal);
    const machineOf = (content: Content) => stringMachine(content, "canonical", 0, Number.POSITIVE_INFINITY);
    const isNamed = (matched: readonly number[]) => matched.some((index) => uses[index] !== undefined);
    if (automata.length === 0) {
      if (this.closed) return undefined;
      if (!goalFor([], 0).isPossible) return undefined;
      const machine = machineOf(contentFor(names ?? universal()));
      return {
        machine,
        labelCount: 1,
        limitedTo: () => machine,
        someBits: () => someBitsFor([]),
        bitsOfKey: this.bitsOfKeys(() => someBitsFor([])),
        goal: (_label, bits, choice) => goalFor([], bits, choice),
      };
    }
    const labels: (readonly number[])[] = [];
    const labelIds = new Map<string, number>();
    const memo = new Map<string, Goal>();
    let content: Content;
    try {
      const labelOf = (matched: readonly number[]) => {
        const key = matched.join();
        let label = labelIds.get(key);
        if (label === undefined) {
          const isOut = this.closed && !isNamed(matched);
          label = !isOut && goalFor(matched, 0).isPossible ? labels.push(matched) - 1 : -1;
          labelIds.set(key, label);
        }
        return label;
      };
      content = labelledProduct(automata, names, goals.options.regexStates, labelOf, goals.fuel);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new SchemaError(
        "schema_too_large",
        "The patterns of these property names make too large an automaton together.",
        locationOf([...branch.propertyNames, ...uses.flat().map(({ literal }) => literal)]),
        "patternProperties",
        error,
      );
    }
    const limited = new Map<string, StringMachine>();
    return {
      machine: machineOf(content),
      labelCount: labels.length,
      limitedTo: (kept) => {
        const key = kept.join();
        let machine = limited.get(key);
        if (machine === undefined) limited.set(key, (machine = machineOf(withLabels(content, kept))));
        return machine;
      },
      someBits: (label) => someBitsFor(labels[label]),
      bitsOfKey: this.bitsOfKeys((label) => someBitsFor(labels[label])),
      goal: (label, bits, choice) => {
        if (choice !== undefined) return goalFor(labels[label], bits, choice);
        const key = `${label},${bits}`;
        let goal = memo.get(key);
        if (goal === undefined) memo.set(key, (goal = goalFor(labels[label], bits)));
        return goal;
      },
    };
  }
}

/** The location of the first schema among the literals. */
function locationOf(literals: readonly Literal[]): string {
  for (const literal of literals) if (literal.kind === "schema") return literal.node.location;
  return "";
}
