import type { Budget } from "../limits.js";
import { ALWAYS, type Condition, NEVER } from "../lookarounds/conditions.js";
import { Lookarounds } from "../lookarounds/lookarounds.js";
import type { Classes } from "../syntax/classes.js";
import { ACCEPT, BOUNDARY, CHARACTER, END, LOOK, type Nfa, NOT_BOUNDARY, SPLIT, START } from "./nfa.js";
import { resized, TupleTable } from "./tuples.js";

/** A complete deterministic automaton over the symbols 0 to `classCount` - 1; state 0 is dead. */
export interface SymbolAutomaton {
  start: number;
  stateCount: number;
  classCount: number;
  /** [state * classCount + symbol] -> state */
  next: Int32Array;
  accepting: Uint8Array;
}

/** What precedes a state: nothing, any other character (or one whose kind does not matter), a word character. */
export const AT_START = 0;
const AFTER_OTHER = 1;
export const AFTER_WORD = 2;

/** What follows: a character of either kind, one whose kind does not matter, or the end. */
const NEXT_ANY = -1;
const NEXT_OTHER = 0;
const NEXT_WORD = 1;
const NEXT_NOTHING = 2;

const DEAD = 0;
/** Accepts whatever follows. */
const MATCHED = 1;

/**
 * The subset construction for "the pattern matches somewhere".
 *
 * A state is a set of items, each a node that waits for the next character with the condition under which it counts, together with
 * the condition `success` under which a match has already been found, and what precedes. Without lookarounds, every condition is
 * `ALWAYS`. The bodies of lookbehinds run as separate programs. As a tuple: what precedes, `success`, then alternately a node
 * and its condition, by ascending node.
 */
export class Determiniser {
  readonly nfa: Nfa;
  readonly classes: Classes;
  private readonly budget: Budget;
  private readonly lookarounds: Lookarounds | undefined;
  private readonly states = new TupleTable();
  private next: Int32Array;
  private readonly starts: number[];
  /**
   * Without boundaries and lookarounds, a search that starts at a later character adds the same items to every state: these. States
   * then omit them.
   */
  private implied: Int32Array | undefined;
  private readonly isImplied: Uint8Array;

  // The set under construction contains the nodes whose mark is the generation.
  private readonly mark: Int32Array;
  private readonly condition: Int32Array;
  private readonly items: Int32Array;
  private itemCount = 0;
  private success: Condition = NEVER;
  private generation = 0;
  private steps = 0;
  private readonly pending: number[] = [];
  private tuple: Int32Array = new Int32Array(64);

  // Targets of each class from the current state: linked lists in the order of the items.
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly signature: Int32Array;
  private linkTarget: Int32Array = new Int32Array(256);
  private linkNext: Int32Array = new Int32Array(256);

  private readonly seenOffset: Int32Array;
  private offsetGeneration = 0;

  constructor(nfa: Nfa, classes: Classes, budget: Budget) {
    this.nfa = nfa;
    this.classes = classes;
    this.budget = budget;
    const nodes = nfa.kind.length;
    this.mark = new Int32Array(nodes);
    this.condition = new Int32Array(nodes);
    this.items = new Int32Array(nodes);
    this.isImplied = new Uint8Array(nodes);
    this.seenOffset = new Int32Array(nfa.chains.length === 0 ? 0 : nodes);
    this.head = new Int32Array(classes.count);
    this.tail = new Int32Array(classes.count);
    this.signature = new Int32Array(classes.count);
    this.next = new Int32Array(classes.count * 64);
    this.lookarounds = nfa.looks.length === 0 ? undefined : new Lookarounds(nfa, classes, budget);
    this.starts = [nfa.entry];
    for (const look of nfa.looks) if (!look.ahead) this.starts.push(look.entry);
  }

  run(): SymbolAutomaton {
    const { states, classes } = this;
    // States 0 and 1, which no set of items equals.
    this.tuple[0] = -1;
    states.intern(this.tuple, 1);
    this.tuple[0] = -2;
    states.intern(this.tuple, 1);
    this.next.fill(MATCHED, classes.count, classes.count * 2);
    if (this.lookarounds === undefined && !this.nfa.hasBoundaries) {
      this.begin();
      this.add(this.nfa.entry, ALWAYS, AFTER_OTHER);
      this.implied = this.items.slice(0, this.itemCount);
      for (const node of this.implied) this.isImplied[node] = 1;
    }
    this.begin();
    const start = this.finish(AT_START);
    for (let state = 2; state < states.count; state++) {
      this.budget.checkStates(states.count, classes.count);
      const row = state * classes.count;
      if (row + classes.count > this.next.length) {
        this.next = resized(this.next, Math.max(this.next.length * 2, row + classes.count));
      }
      if (this.isPlain(state)) this.expandPlain(state);
      else this.expandConditional(state);
    }
    const accepting = new Uint8Array(states.count);
    accepting[MATCHED] = 1;
    for (let state = 2; state < states.count; state++) accepting[state] = this.acceptsAtEnd(state) ? 1 : 0;
    return {
      start,
      stateCount: states.count,
      classCount: classes.count,
      next: this.next.subarray(0, states.count * classes.count),
      accepting,
    };
  }

  private begin(): void {
    this.generation++;
    this.itemCount = 0;
    this.success = NEVER;
  }

  /** Adds `node` and everything reachable from it without a character and without a condition on the next one. */
  private add(node: number, condition: Condition, before: number): void {
    const { nfa, mark, pending } = this;
    pending.push(node, condition);
    while (pending.length > 0) {
      this.steps++;
      let given = pending.pop()!;
      const at = pending.pop()!;
      const isNew = mark[at] !== this.generation;
      if (!isNew) {
        if (this.condition[at] === ALWAYS || this.condition[at] === given) continue;
        const both = this.lookarounds!.conditions.or(this.condition[at], given);
        if (both === this.condition[at]) continue;
        given = both;
      }
      mark[at] = this.generation;
      this.condition[at] = given;
      const kind = nfa.kind[at];
      if (kind === SPLIT) pending.push(nfa.argument[at], given, nfa.out[at], given);
      else if (kind === START) {
        if (before === AT_START) pending.push(nfa.out[at], given);
      } else if (kind === ACCEPT && nfa.argument[at] === 0) {
        this.success =
          this.lookarounds === undefined ? ALWAYS : this.lookarounds.conditions.or(this.success, given);
      } else if (isNew) this.items[this.itemCount++] = at;
    }
  }

  /** The state of the items added since `begin`, including a search that starts here. */
  private finish(before: number): number {
    if (this.implied === undefined || before === AT_START) {
      for (let i = 0; i < this.starts.length; i++) this.add(this.starts[i], ALWAYS, before);
    } else this.dropImplied();
    if (this.success === ALWAYS) return MATCHED;
    const items = this.items.subarray(0, this.itemCount);
    sort(items);
    for (const chain of this.nfa.chains)
      if (this.itemCount > 1) this.dropDominated(chain.first, chain.end, chain.size);
    const length = 2 + this.itemCount * 2;
    if (this.tuple.length < length) this.tuple = new Int32Array(length * 2);
    const { tuple } = this;
    tuple[0] = before;
    tuple[1] = this.success;
    for (let i = 0; i < this.itemCount; i++) {
      tuple[2 + i * 2] = items[i];
      tuple[3 + i * 2] = this.condition[items[i]];
    }
    this.budget.spend(this.steps + this.itemCount + 10);
    this.steps = 0;
    const isSearching = this.implied !== undefined && before !== AT_START && this.implied.length > 0;
    if (length === 2 && this.success === NEVER && !isSearching) return DEAD;
    return this.states.intern(tuple, length);
  }

  private dropImplied(): void {
    let kept = 0;
    for (let i = 0; i < this.itemCount; i++) {
      const node = this.items[i];
      if (this.isImplied[node] === 0) this.items[kept++] = node;
    }
    this.itemCount = kept;
  }

  /** Removes items covered by an earlier copy of the same body. The items are sorted; earlier copies come last. */
  private dropDominated(first: number, end: number, size: number): void {
    const { items } = this;
    const generation = ++this.offsetGeneration;
    let kept = this.itemCount;
    for (let i = this.itemCount - 1; i >= 0; i--) {
      const node = items[i];
      if (node >= first && node < end) {
        const offset = first + ((node - first) % size);
        if (this.seenOffset[offset] === generation) continue;
        if (this.condition[node] === ALWAYS) this.seenOffset[offset] = generation;
      }
      items[--kept] = node;
    }
    if (kept > 0) {
      items.copyWithin(0, kept, this.itemCount);
      this.itemCount -= kept;
    }
  }

  /** Whether nothing in `state` depends on what follows the next character. */
  private isPlain(state: number): boolean {
    if (this.lookarounds === undefined) return true;
    const { pool, starts } = this.states;
    if (pool[starts[state] + 1] !== NEVER) return false;
    for (let at = starts[state] + 2; at < starts[state + 1]; at += 2) {
      const kind = this.nfa.kind[pool[at]];
      if (pool[at + 1] !== ALWAYS || kind === LOOK || kind === BOUNDARY || kind === NOT_BOUNDARY)
        return false;
    }
    return true;
  }

  private expandPlain(state: number): void {
    const { pool, starts } = this.states;
    let asks = false;
    if (this.nfa.hasBoundaries) {
      for (let at = starts[state] + 2; at < starts[state + 1]; at += 2) {
        const kind = this.nfa.kind[pool[at]];
        if (kind === BOUNDARY || kind === NOT_BOUNDARY) asks = true;
      }
    }
    if (!asks) this.expandBefore(state, NEXT_ANY);
    else {
      this.expandBefore(state, NEXT_OTHER);
      this.expandBefore(state, NEXT_WORD);
    }
  }

  /** Fills the row of `state` for the classes of word characters, of others, or for all. */
  private expandBefore(state: number, word: number): void {
    const { nfa, classes } = this;
    this.resolve(state, word);
    const found = this.success === ALWAYS;
    this.head.fill(-1);
    this.signature.fill(0);
    let links = 0;
    for (let i = 0; i < this.itemCount; i++) {
      const node = this.items[i];
      if (nfa.kind[node] !== CHARACTER) continue;
      const target = nfa.out[node];
      const members = classes.members[nfa.argument[node]];
      if (links + members.length > this.linkNext.length) {
        this.linkNext = resized(this.linkNext, (links + members.length) * 2);
        this.linkTarget = resized(this.linkTarget, (links + members.length) * 2);
      }
      this.budget.spend(members.length);
      for (let m = 0; m < members.length; m++) {
        const symbol = members[m];
        if (this.head[symbol] < 0) this.head[symbol] = links;
        else this.linkNext[this.tail[symbol]] = links;
        this.tail[symbol] = links;
        this.linkTarget[links] = target;
        this.linkNext[links++] = -1;
        this.signature[symbol] = Math.imul(this.signature[symbol] ^ target, 0x9e3779b1) + 1;
      }
    }
    const row = state * classes.count;
    const unmatched = [-1, -1];
    for (let symbol = 0; symbol < classes.count; symbol++) {
      const isWord = classes.isWord[symbol];
      if (word !== NEXT_ANY && isWord !== word) continue;
      let target = found ? MATCHED : this.head[symbol] < 0 ? unmatched[isWord] : -1;
      if (target < 0) target = this.targetOf(row, symbol, word);
      if (this.head[symbol] < 0) unmatched[isWord] = target;
      this.next[row + symbol] = target;
    }
  }

  /** The successor for `symbol`: that of an earlier symbol with the same targets, or a new one. */
  private targetOf(row: number, symbol: number, word: number): number {
    const { classes, signature } = this;
    const kind = classes.isWord[symbol];
    for (let earlier = symbol - 1; earlier >= 0 && earlier >= symbol - 8; earlier--) {
      if (signature[earlier] !== signature[symbol] || classes.isWord[earlier] !== kind) continue;
      if (word !== NEXT_ANY && kind !== word) continue;
      if (this.sameTargets(earlier, symbol)) return this.next[row + earlier];
    }
    this.begin();
    const before = kind === 1 ? AFTER_WORD : AFTER_OTHER;
    for (let link = this.head[symbol]; link >= 0; link = this.linkNext[link]) {
      this.add(this.linkTarget[link], ALWAYS, before);
      if (this.success === ALWAYS) return MATCHED;
    }
    return this.finish(before);
  }

  private sameTargets(a: number, b: number): boolean {
    let linkA = this.head[a];
    let linkB = this.head[b];
    while (linkA >= 0 && linkB >= 0) {
      if (this.linkTarget[linkA] !== this.linkTarget[linkB]) return false;
      linkA = this.linkNext[linkA];
      linkB = this.linkNext[linkB];
    }
    return linkA === linkB;
  }

  /** Like `add`, with known following text: `next` is one of the constants `NEXT_*`. */
  private addResolved(node: number, before: number, next: number): void {
    const { nfa } = this;
    const stack = [node];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.mark[at] === this.generation) continue;
      this.mark[at] = this.generation;
      const kind = nfa.kind[at];
      if (kind === CHARACTER) this.items[this.itemCount++] = at;
      else if (kind === SPLIT) stack.push(nfa.argument[at], nfa.out[at]);
      else if (kind === START) {
        if (before === AT_START) stack.push(nfa.out[at]);
      } else if (kind === END) {
        if (next === NEXT_NOTHING) stack.push(nfa.out[at]);
      } else if (kind === BOUNDARY || kind === NOT_BOUNDARY) {
        const isBoundary = (before === AFTER_WORD) !== (next === NEXT_WORD);
        if (isBoundary === (kind === BOUNDARY)) stack.push(nfa.out[at]);
      } else if (kind === ACCEPT && nfa.argument[at] === 0) this.success = ALWAYS;
    }
  }

  /** Adds the items of `state` that the following text permits. */
  private resolve(state: number, next: number): void {
    const { pool, starts } = this.states;
    const before = pool[starts[state]];
    this.begin();
    for (let at = starts[state] + 2; at < starts[state + 1]; at += 2)
      this.addResolved(pool[at], before, next);
    if (this.implied === undefined || before === AT_START) return;
    for (let i = 0; i < this.implied.length; i++) this.addResolved(this.implied[i], before, next);
  }

  private expandConditional(state: number): void {
    const { classes, states } = this;
    const lookarounds = this.lookarounds!;
    const row = state * classes.count;
    const alike = lookarounds.alike(states.pool, states.starts[state], states.starts[state + 1]);
    for (let symbol = 0; symbol < classes.count; symbol++) {
      this.next[row + symbol] =
        alike[symbol] < symbol ? this.next[row + alike[symbol]] : this.afterStep(state, symbol);
    }
  }

  private afterStep(state: number, symbol: number): number {
    const { pool, starts } = this.states;
    const step = this.lookarounds!.step(pool, starts[state], starts[state + 1], symbol);
    if (step.success === ALWAYS) return MATCHED;
    const before = this.classes.isWord[symbol] === 1 ? AFTER_WORD : AFTER_OTHER;
    this.begin();
    this.success = step.success;
    for (const [node, condition] of step.kernel) {
      if (condition !== NEVER) this.add(node, condition, before);
    }
    return this.finish(before);
  }

  private acceptsAtEnd(state: number): boolean {
    const { pool, starts } = this.states;
    if (this.lookarounds !== undefined) {
      return this.lookarounds.step(pool, starts[state], starts[state + 1], -1).success === ALWAYS;
    }
    this.resolve(state, NEXT_NOTHING);
    return this.success === ALWAYS;
  }
}

/** Sorts in place; sets are mostly a handful of items. */
function sort(items: Int32Array): void {
  if (items.length > 24) {
    items.sort();
    return;
  }
  for (let i = 1; i < items.length; i++) {
    const item = items[i];
    let at = i - 1;
    for (; at >= 0 && items[at] > item; at--) items[at + 1] = items[at];
    items[at + 1] = item;
  }
}
