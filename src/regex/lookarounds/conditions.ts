import { TupleTable } from "../automata/tuples.js";
import { RegexError } from "../error.js";
import type { Budget } from "../limits.js";

/** A condition on the rest of the string; equal conditions have equal numbers. */
export type Condition = number;
export const NEVER: Condition = 0;
export const ALWAYS: Condition = 1;

/** Beyond this, the memo keys below would collide; realistic patterns need dozens. */
const MAX_CONDITIONS = 1 << 20;

/**
 * Boolean combinations of atoms "the rest of the string is accepted from node n", as reduced ordered binary decision diagrams
 * (Bryant, 1986): a condition tests its lowest atom and leads to one of two others.
 */
export class Conditions {
  private readonly budget: Budget;
  private readonly table = new TupleTable();
  private readonly tuple = new Int32Array(3);
  private readonly conjunctions = new Map<number, Condition>();
  private readonly negations = new Map<Condition, Condition>();

  constructor(budget: Budget) {
    this.budget = budget;
    // Ids 0 and 1 are the constants: their atoms come after all others.
    this.node(0x7fffffff, 0, 0);
    this.node(0x7fffffff, 1, 1);
  }

  atom(node: number): Condition {
    return this.node(node, ALWAYS, NEVER);
  }

  not(condition: Condition): Condition {
    if (condition <= 1) return 1 - condition;
    let negation = this.negations.get(condition);
    if (negation === undefined) {
      const { pool } = this.table;
      const at = condition * 3;
      const [atom, yes, no] = [pool[at], pool[at + 1], pool[at + 2]];
      negation = this.node(atom, this.not(yes), this.not(no));
      this.negations.set(condition, negation);
    }
    return negation;
  }

  and(a: Condition, b: Condition): Condition {
    if (a === b || b === ALWAYS) return a;
    if (a === ALWAYS) return b;
    if (a === NEVER || b === NEVER) return NEVER;
    const key = a < b ? a * MAX_CONDITIONS + b : b * MAX_CONDITIONS + a;
    let conjunction = this.conjunctions.get(key);
    if (conjunction === undefined) {
      this.budget.spend(10);
      const { pool } = this.table;
      const [atomA, yesA, noA] = [pool[a * 3], pool[a * 3 + 1], pool[a * 3 + 2]];
      const [atomB, yesB, noB] = [pool[b * 3], pool[b * 3 + 1], pool[b * 3 + 2]];
      if (atomA === atomB) conjunction = this.node(atomA, this.and(yesA, yesB), this.and(noA, noB));
      else if (atomA < atomB) conjunction = this.node(atomA, this.and(yesA, b), this.and(noA, b));
      else conjunction = this.node(atomB, this.and(a, yesB), this.and(a, noB));
      this.conjunctions.set(key, conjunction);
    }
    return conjunction;
  }

  or(a: Condition, b: Condition): Condition {
    if (a === NEVER || a === b) return b;
    if (b === NEVER) return a;
    if (a === ALWAYS || b === ALWAYS) return ALWAYS;
    return this.not(this.and(this.not(a), this.not(b)));
  }

  /** `condition` with each atom replaced by `value` of it; `memo` is for one such replacement. */
  replace(
    condition: Condition,
    value: (atom: number) => Condition,
    memo: Map<Condition, Condition>,
  ): Condition {
    if (condition <= 1) return condition;
    let replaced = memo.get(condition);
    if (replaced === undefined) {
      const { pool } = this.table;
      const at = condition * 3;
      const [atom, whenYes, whenNo] = [pool[at], pool[at + 1], pool[at + 2]];
      const test = value(atom);
      const yes = this.and(test, this.replace(whenYes, value, memo));
      const no = this.and(this.not(test), this.replace(whenNo, value, memo));
      replaced = this.or(yes, no);
      memo.set(condition, replaced);
    }
    return replaced;
  }

  /** Adds the atoms that `condition` tests to `atoms`. */
  addAtoms(condition: Condition, atoms: number[]): void {
    if (condition <= 1) return;
    const seen = new Set([condition]);
    for (const each of seen) {
      const at = each * 3;
      atoms.push(this.table.pool[at]);
      for (let way = at + 1; way <= at + 2; way++)
        if (this.table.pool[way] > 1) seen.add(this.table.pool[way]);
    }
  }

  private node(atom: number, yes: Condition, no: Condition): Condition {
    if (yes === no && atom !== 0x7fffffff) return yes;
    this.tuple[0] = atom;
    this.tuple[1] = yes;
    this.tuple[2] = no;
    const id = this.table.intern(this.tuple, 3);
    if (id >= MAX_CONDITIONS) {
      throw new RegexError("too_large", "The lookarounds of this pattern combine in too many ways.");
    }
    return id;
  }
}
