import { SchemaError } from "../../errors.js";
import { OBJECT } from "../../grammar/index.js";
import type { SchemaNode } from "../document/index.js";
import { type Branch, follow, type Option } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import { assertionsOf } from "./demands.js";

/** A schema that has to fail: each keyword adds the ways in which it can fail. */
export class Failures {
  readonly goals: Goals;
  readonly literal: SchemaLiteral;
  /** The remaining types of the value. */
  readonly types: number;
  readonly ways: Option[] = [];

  constructor(goals: Goals, literal: SchemaLiteral, types: number) {
    this.goals = goals;
    this.literal = literal;
    this.types = types;
  }

  get node(): SchemaNode {
    return this.literal.node;
  }

  child(keyword: string, member: string | number | undefined, positive: boolean): SchemaLiteral {
    return this.goals.child(this.literal, keyword, member, positive);
  }

  /** Adds a way to fail for values of any type. */
  add(literals: readonly Literal[], apply?: (branch: Branch) => void): void {
    this.ways.push({
      literals: literals.map((literal) => ({ literal: this.goals.target(literal), within: [] })),
      ...(apply === undefined ? {} : { apply }),
    });
  }

  /** Adds a way to fail for values of these types only. `glance`: what is known of it without trying. */
  addFor(
    types: number,
    apply: (branch: Branch) => void,
    glance: Pick<Option, "forbids" | "absent" | "member"> & { literals?: readonly Literal[] } = {},
  ): void {
    if ((this.types & types) === 0) return;
    const { literals = [], ...seen } = glance;
    this.ways.push({
      literals: literals.map((literal) => ({ literal: this.goals.target(literal), within: [] })),
      types,
      ...seen,
      apply,
    });
  }
}

/** Adds that the schema must fail, so one of its keywords does. False if none can. */
export function failSchema(goals: Goals, branch: Branch, literal: SchemaLiteral): boolean {
  const { value } = literal.node;
  if (typeof value === "boolean") return !value;
  const failures = new Failures(goals, literal, branch.types);
  for (const { keyword, given } of assertionsOf(literal.node)) {
    if (keyword.fail !== undefined) keyword.fail(given, failures);
    else if (keyword.readBy === undefined) {
      const message = `"${keyword.name}" cannot be negated, but it occurs under "not", "if", "oneOf" or a similar keyword.`;
      throw new SchemaError("unsupported_schema", message, literal.node.location, keyword.name);
    }
  }
  const ways = joinMembers(failures.ways);
  if (ways.length === 0) return false;
  if (ways.length === 1) {
    follow(branch, ways[0]);
    return branch.types !== 0;
  }
  // The simplest ways to fail come first: they are kept if there are too many.
  ways.sort((a, b) => rank(a) - rank(b));
  branch.choices.push({ options: ways, negative: true, failing: goals.opposite(literal) as SchemaLiteral });
  return true;
}

/**
 * A member that is absent or has another value is a single way to fail. If many schemas have to fail, this keeps their ways from
 * multiplying.
 */
function joinMembers(ways: readonly Option[]): Option[] {
  const absent = new Set(ways.map((way) => way.absent).filter((name) => name !== undefined));
  if (absent.size === 0) return [...ways];
  const joined = new Set<string>();
  const kept = ways.map((way): Option => {
    if (way.member === undefined || !absent.has(way.member.name)) return way;
    const { name, literal } = way.member;
    joined.add(name);
    return {
      literals: [],
      types: OBJECT,
      ifPresent: way.member,
      apply: (branch) => {
        branch.limitTypes(OBJECT);
        branch.nameOnly(new Map([[name, literal]]));
      },
    };
  });
  return kept.filter((way) => way.absent === undefined || !joined.has(way.absent));
}

function rank(option: Option): number {
  return option.forbids !== undefined || option.ifPresent !== undefined ? 0 : 1 + option.literals.length;
}
