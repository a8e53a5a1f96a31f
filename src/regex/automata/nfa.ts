import { RegexError } from "../error.js";
import { type Budget, MAX_NODES } from "../limits.js";
import type { CodePointSet } from "../syntax/codePoints.js";
import type { PatternNode } from "../syntax/syntax.js";

/** Node kinds. `CHARACTER` consumes a code point; the others consume nothing. */
export const CHARACTER = 0;
export const SPLIT = 1;
export const START = 2;
export const END = 3;
export const BOUNDARY = 4;
export const NOT_BOUNDARY = 5;
export const LOOK = 6;
export const ACCEPT = 7;

/** A lookaround, as a separate program. */
export interface Look {
  ahead: boolean;
  negative: boolean;
  /** The program's first node. */
  entry: number;
  /** The program's number, carried by its `ACCEPT`. */
  program: number;
}

/** Consecutive copies of one body: a node of an earlier copy accepts everything that its counterpart in a later one accepts. */
export interface Chain {
  first: number;
  /** One past the last node. */
  end: number;
  /** Nodes per copy. Later copies come first. */
  size: number;
}

/**
 * A nondeterministic automaton over sets of code points. Node `n` has the kind `kind[n]`, leads to `out[n]`, and carries
 * `argument[n]`: the set of a `CHARACTER`, the second branch of a `SPLIT`, the number of a `LOOK`, the program of an `ACCEPT`.
 * Program 0 is the pattern itself, the others are the bodies of its lookarounds, inner ones before outer ones.
 */
export class Nfa {
  readonly kind: number[] = [];
  readonly out: number[] = [];
  readonly argument: number[] = [];
  readonly sets: CodePointSet[] = [];
  readonly looks: Look[] = [];
  readonly chains: Chain[] = [];
  /** Where the pattern starts. */
  entry = 0;
  hasBoundaries = false;
  private readonly setIds = new Map<string, number>();
  private readonly sizes = new Map<PatternNode, number>();

  constructor(pattern: PatternNode, budget: Budget) {
    if (this.sizeOf(pattern) > MAX_NODES) {
      throw new RegexError(
        "too_large",
        "The pattern is too large: its repetitions, written out, are too many.",
      );
    }
    this.entry = this.build(pattern, this.add(ACCEPT, -1, 0));
    budget.spend(this.kind.length);
  }

  /** The number of nodes of `node`'s automaton; each iteration of a counted repetition has its own. */
  private sizeOf(node: PatternNode): number {
    let size = this.sizes.get(node);
    if (size !== undefined) return size;
    switch (node.type) {
      case "sequence":
        size = node.items.reduce((sum, item) => sum + this.sizeOf(item), 0);
        break;
      case "alternatives":
        size = node.items.reduce((sum, item) => sum + this.sizeOf(item) + 1, 0);
        break;
      case "repeat":
        size =
          (this.sizeOf(node.body) + 1) * (node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max);
        break;
      case "look":
        size = this.sizeOf(node.body) + 2;
        break;
      default:
        size = 1;
    }
    this.sizes.set(node, size);
    return size;
  }

  private add(kind: number, out: number, argument: number): number {
    this.kind.push(kind);
    this.out.push(out);
    this.argument.push(argument);
    return this.kind.length - 1;
  }

  /** Adds `node` before the node `next`; returns its first node. */
  private build(node: PatternNode, next: number): number {
    switch (node.type) {
      case "set":
        return this.add(CHARACTER, next, this.setId(node.set));
      case "sequence":
        for (let i = node.items.length - 1; i >= 0; i--) next = this.build(node.items[i], next);
        return next;
      case "alternatives": {
        let entry = this.build(node.items[node.items.length - 1], next);
        for (let i = node.items.length - 2; i >= 0; i--) {
          entry = this.add(SPLIT, this.build(node.items[i], next), entry);
        }
        return entry;
      }
      case "repeat":
        return this.repeat(node.body, node.min, node.max, next);
      case "start":
        return this.add(START, next, 0);
      case "end":
        return this.add(END, next, 0);
      case "boundary":
        this.hasBoundaries = true;
        return this.add(node.negative ? NOT_BOUNDARY : BOUNDARY, next, 0);
      case "look": {
        const look: Look = { ahead: node.ahead, negative: node.negative, entry: 0, program: 0 };
        const accept = this.add(ACCEPT, -1, 0);
        look.entry = this.build(node.body, accept);
        this.looks.push(look);
        look.program = this.looks.length;
        this.argument[accept] = look.program;
        return this.add(LOOK, next, look.program - 1);
      }
    }
  }

  private repeat(body: PatternNode, min: number, max: number, next: number): number {
    if (max === 0) return next;
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.add(SPLIT, -1, next);
      this.out[loop] = this.build(body, loop);
      entry = min === 0 ? loop : this.out[loop];
      for (let round = 1; round < min; round++) entry = this.build(body, entry);
      return entry;
    }
    const first = this.kind.length;
    for (let round = max - 1; round >= min; round--) entry = this.add(SPLIT, this.build(body, entry), next);
    const optional = this.kind.length - first;
    const size = optional / (max - min);
    if (min > 0) entry = this.build(body, entry);
    // The last required iteration is followed by the same as the first optional one.
    if (max > min && max > 1) {
      this.chains.push({ first, end: this.kind.length, size });
    }
    for (let round = min - 1; round > 0; round--) entry = this.build(body, entry);
    return entry;
  }

  private setId(set: CodePointSet): number {
    const key = set.join();
    let id = this.setIds.get(key);
    if (id === undefined) {
      id = this.sets.length;
      this.sets.push(set);
      this.setIds.set(key, id);
    }
    return id;
  }
}
