import { SchemaError } from "../../errors.js";
import type { Assertion, SchemaNode } from "../document/index.js";
import type { Branch, Option } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { Keyword } from "./keyword.js";

/** A schema being added to a branch: its keywords add their demands. */
export class Demands {
  readonly goals: Goals;
  readonly branch: Branch;
  readonly literal: SchemaLiteral;
  /** `unevaluated*` keywords of the enclosing schemas. */
  readonly outside: readonly number[];
  /** These and the schema's own: what its keywords evaluate counts for all of them. */
  within: readonly number[];
  private done: Set<string> | undefined;

  constructor(goals: Goals, branch: Branch, literal: SchemaLiteral, within: readonly number[]) {
    this.goals = goals;
    this.branch = branch;
    this.literal = literal;
    this.outside = within;
    this.within = within;
  }

  get node(): SchemaNode {
    return this.literal.node;
  }

  /** The subschema under a keyword, as a literal that holds. */
  child(keyword: string, member?: string | number): SchemaLiteral {
    return this.goals.child(this.literal, keyword, member, true);
  }

  /** The subschema under a keyword, as a literal that fails. */
  negated(keyword: string, member?: string | number): SchemaLiteral {
    return this.goals.child(this.literal, keyword, member, false);
  }

  /** Adds a schema that has to hold, or to fail. */
  hold(literal: Literal, within = this.within): void {
    this.branch.pending.push({ literal, within });
  }

  /** Adds a choice between several options. */
  choose(options: readonly Option[]): void {
    this.branch.choices.push({ options, negative: false });
  }

  /** The number for an `unevaluated*` keyword of this schema; undefined if the schema is inside itself. */
  track(keyword: string): number | undefined {
    const { branch } = this;
    const key = `${this.literal.id} ${keyword} ${this.outside.join()}`;
    const known = branch.trackers.get(`${this.literal.id} ${keyword}`);
    if (known !== undefined && this.outside.includes(known)) return undefined;
    const id = branch.trackers.get(key) ?? this.goals.newTracker();
    branch.trackers = new Map(branch.trackers).set(key, id).set(`${this.literal.id} ${keyword}`, id);
    this.within = [...this.within, id];
    return id;
  }

  /** True the first time, for keywords that share one demand. */
  once(demand: string): boolean {
    this.done ??= new Set();
    if (this.done.has(demand)) return false;
    this.done.add(demand);
    return true;
  }
}

/** Adds everything that the schema demands. False if it cannot hold. */
export function demandSchema(
  goals: Goals,
  branch: Branch,
  literal: SchemaLiteral,
  within: readonly number[],
): boolean {
  const { value } = literal.node;
  if (typeof value === "boolean") return value;
  const demands = new Demands(goals, branch, literal, within);
  for (const { keyword, given } of assertionsOf(literal.node)) keyword.track?.(given, demands);
  demandKeywords(demands);
  return true;
}

/** Adds the demands of the schema's keywords, except those that depend on what others evaluate. */
export function demandKeywords(demands: Demands): void {
  for (const { keyword, given } of assertionsOf(demands.node)) {
    if (keyword.demand !== undefined) keyword.demand(given, demands);
    else if (keyword.track === undefined && keyword.readBy === undefined) {
      const message = `"${keyword.name}" cannot be enforced.`;
      throw new SchemaError("unsupported_schema", message, demands.node.location, keyword.name);
    }
  }
}

/** The assertions of a node; all keywords of a document come from the registry it was created with. */
export function assertionsOf(node: SchemaNode): readonly Assertion<Keyword>[] {
  return node.assertions as readonly Assertion<Keyword>[];
}
