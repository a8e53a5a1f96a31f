import { SchemaError } from "../errors.js";
import {
  type Content,
  cutCount,
  type ExtraKeys,
  type Goal,
  type ObjectDescription,
  type PropertyEntry,
  SomeRequirements,
  STRING,
  spell,
} from "../grammar/index.js";
import { type ByteAutomaton, universal } from "../regex/index.js";
import type { Branch } from "./branch.js";
import type { Goals } from "./goals.js";
import { labelledProduct } from "./keyContent.js";
import { languageOf } from "./language.js";
import type { Literal } from "./literal.js";
import { literalsOf } from "./prune.js";
import { contentFor, lexemeHolds, stringMachine } from "./scalars.js";

/** What the branch says of objects. */
export function describeObject(goals: Goals, branch: Branch): ObjectDescription {
  return new Description(goals, branch);
}

class Description implements ObjectDescription {
  readonly ordered: readonly PropertyEntry[];
  readonly late: readonly PropertyEntry[];
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly some: SomeRequirements;
  private readonly goals: Goals;
  private readonly branch: Branch;
  private readonly nameGoal: Goal | undefined;
  private extraKeys: ExtraKeys | undefined | null = null;

  constructor(goals: Goals, branch: Branch) {
    this.goals = goals;
    this.branch = branch;
    this.minProperties = branch.minProperties;
    this.maxProperties = branch.maxProperties;
    this.some = new SomeRequirements(
      branch.someProperties.map(({ literal }) => (goals.isAlways(literal) ? -1 : literal.id)),
    );
    this.nameGoal = branch.propertyNames.length === 0 ? undefined : goals.goal(branch.propertyNames);
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
    const entry = (name: string) => this.entry(name, required.has(name));
    this.ordered = goals.options.anyOrder ? [] : order.map(entry);
    this.late = (goals.options.anyOrder ? [...order, ...others] : others).map(entry);
  }

  /** Depends on which values are possible, so it is made when keys are first asked for, and remembered once that is sure. */
  get extra(): ExtraKeys | undefined {
    if (this.extraKeys !== null) return this.extraKeys;
    const cuts = cutCount();
    const found = this.findExtra();
    if (cuts === cutCount()) this.extraKeys = found;
    return found;
  }

  private entry(name: string, required: boolean): PropertyEntry {
    const { branch, goals } = this;
    let someBits = 0;
    branch.someProperties.forEach((some, i) => {
      if (some.matches(name)) someBits |= 1 << i;
    });
    const memo: Goal[] = [];
    return {
      spelled: spell(name).slice(1),
      required,
      someBits,
      goal: (bits) =>
        (memo[bits] ??= this.nameAllowed(name)
          ? goals.goal(this.valueLiterals(name, bits))
          : goals.goal([goals.never])),
    };
  }

  private nameAllowed(name: string): boolean {
    if (this.nameGoal === undefined) return true;
    return this.nameGoal.alternatives.some(
      (shape) => (shape.types & STRING) !== 0 && lexemeHolds(shape.string, name),
    );
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
    this.branch.someProperties.forEach((some, i) => {
      if (((bits >> i) & 1) === 1) literals.push(some.literal);
    });
    return literals.length === 0 ? [this.goals.always] : literals;
  }

  private findExtra(): ExtraKeys | undefined {
    const { branch, goals } = this;
    const automata: ByteAutomaton[] = [];
    const bitOf = (automaton: ByteAutomaton) => {
      let index = automata.indexOf(automaton);
      if (index < 0) index = automata.push(automaton) - 1;
      return index;
    };
    const groups = branch.propertyGroups
      .filter((group) => group.patterns.length > 0 || group.additional !== undefined)
      .map((group) => ({
        group,
        patterns: group.patterns.map(({ automaton, literal }) => ({ bit: bitOf(automaton), literal })),
      }));
    const somes = branch.someProperties.map((some) => ({
      inside: some.inside.map(bitOf),
      outside: some.outside.map(bitOf),
    }));
    const holds = (matched: bigint, bit: number) => ((matched >> BigInt(bit)) & 1n) === 1n;

    const goalFor = (matched: bigint, bits: number): Goal => {
      const literals: Literal[] = [];
      for (const { group, patterns } of groups) {
        let any = false;
        for (const { bit, literal } of patterns) {
          if (!holds(matched, bit)) continue;
          any = true;
          literals.push(literal);
        }
        if (!any && group.additional !== undefined) literals.push(group.additional);
      }
      for (const keyword of branch.unevaluatedProperties) {
        const evaluated =
          groups.some(
            ({ group, patterns }) =>
              group.within.includes(keyword.id) &&
              (group.additional !== undefined || patterns.some(({ bit }) => holds(matched, bit))),
          ) || branch.unevaluatedProperties.some((other) => other.within.includes(keyword.id));
        if (!evaluated) literals.push(keyword.literal);
      }
      return goals.goal(this.withSome(literals, bits));
    };
    const someBitsFor = (matched: bigint) => {
      let bits = 0;
      somes.forEach(({ inside, outside }, i) => {
        if (inside.every((bit) => holds(matched, bit)) && !outside.some((bit) => holds(matched, bit)))
          bits |= 1 << i;
      });
      return bits;
    };
    const names = this.nameGoal === undefined ? undefined : languageOf(goals, this.nameGoal);
    if (automata.length === 0) {
      if (!goalFor(0n, 0).isPossible) return undefined;
      return {
        machine: stringMachine(contentFor(names ?? universal()), "canonical", 0, Number.POSITIVE_INFINITY),
        labelCount: 1,
        someBits: () => someBitsFor(0n),
        goal: (_label, bits) => goalFor(0n, bits),
      };
    }
    const labels: bigint[] = [];
    const labelIds = new Map<bigint, number>();
    const memo = new Map<string, Goal>();
    let content: Content;
    try {
      content = labelledProduct(automata, names, goals.options.regexStates, (matched) => {
        let label = labelIds.get(matched);
        if (label === undefined) {
          label = goalFor(matched, 0).isPossible ? labels.push(matched) - 1 : -1;
          labelIds.set(matched, label);
        }
        return label;
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new SchemaError(
        "schema_too_large",
        "The patterns of these property names make too large an automaton together.",
        "",
        "patternProperties",
        error,
      );
    }
    return {
      machine: stringMachine(content, "canonical", 0, Number.POSITIVE_INFINITY),
      labelCount: labels.length,
      someBits: (label) => someBitsFor(labels[label]),
      goal: (label, bits) => {
        const key = `${label},${bits}`;
        let goal = memo.get(key);
        if (goal === undefined) memo.set(key, (goal = goalFor(labels[label], bits)));
        return goal;
      },
    };
  }
}
