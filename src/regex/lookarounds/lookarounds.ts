import { ACCEPT, BOUNDARY, CHARACTER, END, LOOK, type Nfa, SPLIT, START } from "../automata/nfa.js";
import type { Budget } from "../limits.js";
import type { Classes } from "../syntax/classes.js";
import { ALWAYS, type Condition, Conditions, NEVER } from "./conditions.js";

const AT_START = 0;
const AFTER_WORD = 2;

export interface Step {
  /** The nodes that the character leads to, each with its condition. */
  kernel: Map<number, Condition>;
  success: Condition;
}

/**
 * One step of a state with conditions.
 *
 * A lookahead is a condition on the rest of the string: an atom for each node that its body may be at, replaced by the atoms after the
 * next character as the string continues. A lookbehind holds if its body, which runs along from every position, has just
 * matched. Since it may contain a lookahead, that is a condition, too.
 */
export class Lookarounds {
  readonly conditions: Conditions;
  private readonly nfa: Nfa;
  private readonly classes: Classes;
  private readonly budget: Budget;
  /** Per program, the items of the current state. */
  private readonly itemsOf: number[][];
  private readonly programOf: Int32Array;
  private readonly memberSets: Uint8Array[];
  /** The result of a node without consuming a character or testing a condition: 1 for acceptance. */
  private readonly acceptsAtOnce: Uint8Array;

  private generation = 0;
  private readonly nodeMark: Int32Array;
  private readonly setMark: Int32Array;

  // The current step. The symbol is -1 at the end of the string.
  private before = 0;
  private symbol = 0;
  private kernel = new Map<number, Condition>();
  private readonly truth: Int32Array;
  private ahead = new Map<number, Condition>();
  private replaced = new Map<Condition, Condition>();
  /**
   * The results of lookaheads only depend on the symbol and what precedes, unless there is a lookbehind: then they are valid for
   * one step.
   */
  private readonly memos:
    | { ahead: Map<number, Condition>; replaced: Map<Condition, Condition> }[]
    | undefined;
  private readonly valueOf = (node: number): Condition => this.aheadFrom(node);

  constructor(nfa: Nfa, classes: Classes, budget: Budget) {
    this.nfa = nfa;
    this.classes = classes;
    this.budget = budget;
    this.conditions = new Conditions(budget);
    this.memos = nfa.looks.every((look) => look.ahead) ? [] : undefined;
    this.nodeMark = new Int32Array(nfa.kind.length);
    this.setMark = new Int32Array(nfa.sets.length);
    this.itemsOf = [[], ...nfa.looks.map(() => [])];
    this.truth = new Int32Array(nfa.looks.length + 1);
    this.programOf = programs(nfa);
    this.acceptsAtOnce = acceptance(nfa);
    this.memberSets = nfa.sets.map((_, id) => {
      const flags = new Uint8Array(classes.count);
      for (const symbol of classes.members[id]) flags[symbol] = 1;
      return flags;
    });
  }

  /**
   * For each symbol: the first one that is equivalent for the state in `pool` from `from` to `to`, because none of the sets that the
   * state may test distinguishes them.
   */
  alike(pool: Int32Array, from: number, to: number): Int32Array {
    const { nfa, classes } = this;
    const mark = ++this.generation;
    const pending: number[] = [];
    this.conditions.addAtoms(pool[from + 1], pending);
    for (let at = from + 2; at < to; at += 2) {
      pending.push(pool[at]);
      this.conditions.addAtoms(pool[at + 1], pending);
    }
    const parts = new Int32Array(classes.count);
    for (let symbol = 0; symbol < classes.count; symbol++) parts[symbol] = classes.isWord[symbol];
    let count = 2;
    while (pending.length > 0) {
      const at = pending.pop()!;
      if (this.nodeMark[at] === mark) continue;
      this.nodeMark[at] = mark;
      const kind = nfa.kind[at];
      if (kind === CHARACTER) {
        const set = nfa.argument[at];
        if (this.setMark[set] === mark) continue;
        this.setMark[set] = mark;
        count = split(parts, count, classes.members[set]);
        continue;
      }
      if (kind === SPLIT) pending.push(nfa.argument[at]);
      // The items already include the body of a lookbehind.
      if (kind === LOOK) pending.push(nfa.looks[nfa.argument[at]].entry);
      if (nfa.out[at] >= 0) pending.push(nfa.out[at]);
    }
    this.budget.spend(classes.count);
    const first = new Int32Array(count).fill(-1);
    const alike = new Int32Array(classes.count);
    for (let symbol = 0; symbol < classes.count; symbol++) {
      if (first[parts[symbol]] < 0) first[parts[symbol]] = symbol;
      alike[symbol] = first[parts[symbol]];
    }
    return alike;
  }

  /** Moves the state in `pool` from `from` to `to` over `symbol`, or to the end of the string if it is -1. */
  step(pool: Int32Array, from: number, to: number, symbol: number): Step {
    this.before = pool[from];
    this.symbol = symbol;
    if (this.memos === undefined) {
      this.ahead.clear();
      this.replaced.clear();
    } else {
      const memo = (this.memos[(symbol + 1) * 3 + this.before] ??= { ahead: new Map(), replaced: new Map() });
      this.ahead = memo.ahead;
      this.replaced = memo.replaced;
    }
    this.truth.fill(-1);
    for (const items of this.itemsOf) items.length = 0;
    for (let at = from + 2; at < to; at += 2)
      this.itemsOf[this.programOf[pool[at]]].push(pool[at], pool[at + 1]);
    this.kernel = new Map();
    const success = this.derive(pool[from + 1]);
    for (let program = 0; program < this.itemsOf.length; program++) this.runProgram(program);
    return { kernel: this.kernel, success: this.conditions.or(success, this.truth[0]) };
  }

  /** Converts a condition on the rest of the string from here to one on the rest after the symbol. */
  private derive(condition: Condition): Condition {
    return this.conditions.replace(condition, this.valueOf, this.replaced);
  }

  /** Moves the items of a program over the symbol; returns the condition under which it accepts before it. */
  private runProgram(program: number): Condition {
    if (this.truth[program] >= 0) return this.truth[program];
    const { nfa, conditions, kernel } = this;
    let truth: Condition = NEVER;
    const items = this.itemsOf[program];
    const reached = new Map<number, Condition>();
    for (let i = 0; i < items.length; i += 2) this.explore(items[i], this.derive(items[i + 1]), reached);
    for (const [node, condition] of reached) {
      const kind = nfa.kind[node];
      if (kind === ACCEPT) truth = conditions.or(truth, condition);
      else if (kind === CHARACTER && this.symbol >= 0 && this.takes(node)) {
        const target = nfa.out[node];
        kernel.set(target, conditions.or(kernel.get(target) ?? NEVER, condition));
      }
    }
    this.truth[program] = truth;
    return truth;
  }

  private takes(node: number): boolean {
    return this.memberSets[this.nfa.argument[node]][this.symbol] === 1;
  }

  /** The condition, after the symbol, under which a lookahead's body is matched from `node` here. */
  private aheadFrom(node: number): Condition {
    const known = this.ahead.get(node);
    if (known !== undefined) return known;
    const { nfa, conditions } = this;
    let value: Condition = NEVER;
    const reached = new Map<number, Condition>();
    this.explore(node, ALWAYS, reached);
    for (const [at, condition] of reached) {
      const kind = nfa.kind[at];
      if (kind === ACCEPT) value = conditions.or(value, condition);
      else if (kind === CHARACTER && this.symbol >= 0 && this.takes(at)) {
        const target = nfa.out[at];
        const rest = this.acceptsAtOnce[target] === 1 ? ALWAYS : conditions.atom(target);
        value = conditions.or(value, conditions.and(condition, rest));
      }
    }
    this.ahead.set(node, value);
    return value;
  }

  /** Adds what `node` leads to before the symbol, with conditions on the way evaluated or carried along. */
  private explore(node: number, given: Condition, reached: Map<number, Condition>): void {
    const { nfa, conditions } = this;
    const pending = [node, given];
    while (pending.length > 0) {
      let condition = pending.pop()!;
      const at = pending.pop()!;
      if (condition === NEVER) continue;
      this.budget.spend(5);
      const known = reached.get(at);
      if (known !== undefined) {
        condition = conditions.or(known, condition);
        if (condition === known) continue;
      }
      reached.set(at, condition);
      const kind = nfa.kind[at];
      if (kind === SPLIT) pending.push(nfa.argument[at], condition, nfa.out[at], condition);
      else if (kind === START) {
        if (this.before === AT_START) pending.push(nfa.out[at], condition);
      } else if (kind === END) {
        if (this.symbol < 0) pending.push(nfa.out[at], condition);
      } else if (kind === LOOK) {
        pending.push(nfa.out[at], conditions.and(condition, this.look(nfa.argument[at])));
      } else if (kind !== CHARACTER && kind !== ACCEPT) {
        const isBoundary =
          (this.before === AFTER_WORD) !== (this.symbol >= 0 && this.classes.isWord[this.symbol] === 1);
        if (isBoundary === (kind === BOUNDARY)) pending.push(nfa.out[at], condition);
      }
    }
  }

  private look(id: number): Condition {
    const look = this.nfa.looks[id];
    const holds = look.ahead ? this.aheadFrom(look.entry) : this.runProgram(look.program);
    return look.negative ? this.conditions.not(holds) : holds;
  }
}

/** Splits the parts by `members`; returns the new number of parts. */
function split(parts: Int32Array, count: number, members: Int32Array): number {
  const fresh = new Map<number, number>();
  for (const symbol of members) {
    let part = fresh.get(parts[symbol]);
    if (part === undefined) {
      part = count++;
      fresh.set(parts[symbol], part);
    }
    parts[symbol] = part;
  }
  return count;
}

/** The program of every node. */
function programs(nfa: Nfa): Int32Array {
  const programOf = new Int32Array(nfa.kind.length);
  const visit = (entry: number, program: number): void => {
    const pending = [entry];
    const seen = new Set<number>();
    while (pending.length > 0) {
      const at = pending.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      programOf[at] = program;
      if (nfa.kind[at] === SPLIT) pending.push(nfa.argument[at]);
      if (nfa.out[at] >= 0) pending.push(nfa.out[at]);
    }
  };
  for (const look of nfa.looks) visit(look.entry, look.program);
  return programOf;
}

/** By node: 1 if acceptance is reachable without consuming a character or testing a condition. */
function acceptance(nfa: Nfa): Uint8Array {
  const accepts = new Uint8Array(nfa.kind.length);
  for (let changed = true; changed; ) {
    changed = false;
    for (let node = 0; node < accepts.length; node++) {
      if (accepts[node] === 1) continue;
      const kind = nfa.kind[node];
      const split = kind === SPLIT && (accepts[nfa.out[node]] === 1 || accepts[nfa.argument[node]] === 1);
      if (kind === ACCEPT || split) {
        accepts[node] = 1;
        changed = true;
      }
    }
  }
  return accepts;
}
