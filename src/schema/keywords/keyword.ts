import { ALL_TYPES, type Binary } from "../../grammar/index.js";
import type { JsonValue } from "../../json/index.js";
import type { ByteAutomaton } from "../../regex/index.js";
import type { KeywordDefinition, SchemaNode } from "../document/index.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { QuickLook } from "../solver/quickLook.js";
import type { Demands } from "./demands.js";
import type { Failures } from "./failures.js";

/** What one keyword alone says of a value, at a glance: a superset of the truth. */
export interface KeywordOutline {
  readonly types?: number;
  readonly onlyIntegers?: boolean;
  /** The only values there can be, by canonical spelling. */
  readonly values?: readonly Binary[];
}

/** How a remote engine that enforces the keyword is sent it; without one it is checked here. */
export type RemoteUse = "whole" | "pattern" | "format" | "length" | "count";

/**
 * One keyword of JSON Schema: all that this project knows of it. `index.ts` lists them; nothing else
 * does. Every default is the conservative one: a keyword that asserts and
 * - has no `demand` cannot be enforced, and a schema that uses it is rejected;
 * - has no `fail` cannot be negated, and a schema that does so is rejected;
 * - has no `quickLook` is never found satisfiable by the quick check.
 */
export interface Keyword extends KeywordDefinition {
  /** The types, as bits, of the values that it can rule out. */
  readonly concerns: number;
  /** The keyword beside which it means something, and which reads it. */
  readonly readBy?: string;
  /** Adds what has to hold. */
  demand?(given: JsonValue, demands: Demands): void;
  /** Before `demand` of the keywords beside it: notes that what they evaluate counts. */
  track?(given: JsonValue, demands: Demands): void;
  /** Adds the ways in which it alone can fail. */
  fail?(given: JsonValue, failures: Failures): void;
  /** Whether the plainest value of the types it concerns surely passes it, beside the keywords that `node` has. */
  quickLook?(node: SchemaNode, look: QuickLook): boolean;
  /** For a keyword that lists what a value may be: whether one of that surely stands, with one of `types` if given. */
  quickChoice?(node: SchemaNode, types: number | undefined, look: QuickLook): boolean;
  /** For a keyword that says no more than this. */
  outline?(given: JsonValue, node: SchemaNode): KeywordOutline;
  /** Schemas that hold wherever the literal does. */
  leadsTo?(literal: SchemaLiteral, goals: Goals): readonly SchemaLiteral[];
  /** A schema that fails wherever the literal holds. */
  ruledOut?(literal: SchemaLiteral, goals: Goals): SchemaLiteral;
  /** Schemas of which one at least holds wherever the literal does. */
  oneHolds?(literal: SchemaLiteral, goals: Goals): readonly SchemaLiteral[];
  /** Names of members that have to stand. */
  requiredMembers?(given: JsonValue): readonly string[];
  /** What it says by name of the values of a member. */
  member?(literal: SchemaLiteral, name: string, goals: Goals): Literal | undefined;
  /** Whether it keeps a member of that name from standing. */
  leavesOut?(literal: SchemaLiteral, name: string, goals: Goals): boolean;
  /** Strings outside this language are ruled out. */
  language?(given: JsonValue, node: SchemaNode, goals: Goals): ByteAutomaton | undefined;
  readonly remote?: RemoteUse;
  /** Of two values of the keyword, the one that implies the other. */
  readonly stricter?: "greater" | "lesser";
}

type Described = Omit<Partial<Keyword>, "name" | "since"> & Pick<Keyword, "name" | "since">;

/** A keyword by what is particular to it. */
export function keyword(description: Described): Keyword {
  const vocabulary = description.vocabulary ?? "validation";
  const restricts = vocabulary !== "core" && vocabulary !== "content" && vocabulary !== "annotation";
  return {
    holds: "none",
    combines: false,
    concerns: ALL_TYPES,
    asserts: () => restricts || description.refers === true,
    ...description,
    vocabulary,
  };
}
