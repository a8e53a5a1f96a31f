import { ALL_TYPES, type Binary, NUMBER, STRING } from "../../grammar/index.js";
import type { ByteAutomaton } from "../../regex/index.js";
import type { Branch } from "./branch.js";
import type { Goals } from "./goals.js";
import type { Literal } from "./literal.js";
import { conjunctsOf, haveNothingInCommon, languagesOf, negationsOf, outlineOf } from "./outline.js";
import { typeOfSpelling } from "./spelling.js";

/** Maximum number of separate sets of excluded values. */
const MAX_SETS = 8;

/**
 * An outline of the values that several literals permit together: types, listed values, languages of strings. Immutable: adding a
 * literal returns a new one, so that a growing conjunction is not recomputed for each check.
 */
export class Conjunction {
  private types = ALL_TYPES;
  /** The only possible values, if some literal lists them. */
  private values: ReadonlySet<Binary> | undefined = undefined;
  /** Excluded values, while none are listed: a few sets, merged when there are many. */
  private excluded: readonly ReadonlySet<Binary>[] = [];
  private isWhole = false;
  private isBroken = false;
  /** Schemas whose languages strings must belong to, and how many of them are compatible. */
  private textual: readonly Literal[] = [];
  private compatible = 0;

  /** The conjunction of no literals. */
  static readonly EMPTY: Conjunction = new Conjunction();

  with(goals: Goals, literals: readonly Literal[]): Conjunction {
    if (literals.length === 0) return this;
    const more = this.copy();
    for (const literal of literals) {
      if (literal.kind === "schema") {
        for (const part of conjunctsOf(goals, literal)) more.add(goals, part);
        for (const part of negationsOf(goals, literal)) more.add(goals, part);
      } else more.add(goals, literal);
    }
    if (more.isWhole && more.isBroken) more.types &= ~NUMBER;
    const { values } = more;
    if (values !== undefined && more.types !== 0) {
      const fits = (value: Binary) =>
        (typeOfSpelling(value) & more.types) !== 0 && !more.excluded.some((set) => set.has(value));
      more.values = new Set([...values].filter(fits));
      more.excluded = [];
    }
    return more;
  }

  private copy(): Conjunction {
    const copy = new Conjunction();
    copy.types = this.types;
    copy.values = this.values;
    copy.excluded = this.excluded;
    copy.isWhole = this.isWhole;
    copy.isBroken = this.isBroken;
    copy.textual = this.textual;
    copy.compatible = this.compatible;
    return copy;
  }

  private add(goals: Goals, literal: Literal): void {
    const { types, values, excluded, whole } = outlineOf(goals, literal);
    this.types &= types;
    if (whole === 1) this.isWhole = true;
    else if (whole === -1) this.isBroken = true;
    if (excluded !== undefined) this.exclude(excluded);
    if (values !== undefined) {
      const before = this.values;
      this.values = before === undefined ? values : new Set([...before].filter((value) => values.has(value)));
    }
    if (literal.kind === "schema" && literal.positive) this.textual = [...this.textual, literal];
  }

  private exclude(values: ReadonlySet<Binary>): void {
    const [first, ...others] = this.excluded;
    if (others.length < MAX_SETS) this.excluded = [...this.excluded, values];
    else {
      const all = new Set(first);
      for (const set of [...others, values]) for (const value of set) all.add(value);
      this.excluded = [all];
    }
  }

  /** Whether surely no value is left. */
  isEmpty(goals: Goals): boolean {
    if (this.types === 0) return true;
    if (this.values !== undefined) return this.values.size === 0;
    return this.types === STRING && this.languagesConflict(goals);
  }

  /** Whether two of the languages are disjoint, ignoring lengths. */
  private languagesConflict(goals: Goals): boolean {
    const languages = this.textual.map((literal) =>
      literal.kind === "schema" ? languagesOf(goals, literal.node) : [],
    );
    for (let i = this.compatible; i < languages.length; i++) {
      const before: readonly ByteAutomaton[] = languages.slice(0, i + 1).flat();
      for (const one of languages[i]) {
        for (const other of before) if (one !== other && haveNothingInCommon(goals, one, other)) return true;
      }
      this.compatible = i + 1;
    }
    return false;
  }
}

/** Whether the literals surely leave no value together. */
export function outlinesConflict(goals: Goals, literals: readonly Literal[]): boolean {
  return Conjunction.EMPTY.with(goals, literals).isEmpty(goals);
}

/**
 * The demands on the values of property `name` by the branch's groups of properties from number `first`, without
 * `unevaluatedProperties`.
 */
export function literalsOf({ propertyGroups }: Branch, name: string, first = 0): Literal[] {
  const literals: Literal[] = [];
  for (let i = first; i < propertyGroups.length; i++) {
    const group = propertyGroups[i];
    const named = group.names.get(name);
    let matched = named !== undefined;
    if (named !== undefined) literals.push(named);
    for (const pattern of group.patterns) {
      if (!pattern.automaton.matches(name)) continue;
      matched = true;
      literals.push(pattern.literal);
    }
    if (!matched && group.additional !== undefined) literals.push(group.additional);
  }
  return literals;
}

/** The same as a conjunction; undefined if nothing restricts the property. */
export function memberOf(goals: Goals, branch: Branch, name: string): Conjunction | undefined {
  const { members, propertyGroups } = branch;
  const groups = propertyGroups.length;
  let before = members.get(name);
  // Groups are never shared but by branches that have all earlier ones in common.
  while (before !== undefined && propertyGroups[before.groups - 1] !== before.last) before = before.before;
  if (before?.groups === groups) return before.conjunction;
  const literals = literalsOf(branch, name, before?.groups);
  const known = before?.conjunction;
  const conjunction = literals.length === 0 ? known : (known ?? Conjunction.EMPTY).with(goals, literals);
  members.set(name, { groups, last: propertyGroups[groups - 1], conjunction, before });
  return conjunction;
}
