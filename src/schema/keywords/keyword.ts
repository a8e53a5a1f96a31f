import { ALL_TYPES, type Binary } from "../../grammar/index.js";
import type { JsonValue } from "../../json/index.js";
import type { ByteAutomaton } from "../../regex/index.js";
import type { KeywordDefinition, SchemaNode } from "../document/index.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { QuickLook } from "../solver/quickLook.js";
import type { Demands } from "./demands.js";
import type { Failures } from "./failures.js";

/** An outline of the values that one keyword permits: a superset. */
export interface KeywordOutline {
  readonly types?: number;
  readonly onlyIntegers?: boolean;
  /** The only possible values, by canonical spelling. */
  readonly values?: readonly Binary[];
}

/** How the keyword is sent to a remote engine that enforces it; without one, Formwork checks it. */
export type RemoteUse = "whole" | "pattern" | "format" | "length" | "count";

/**
 * A keyword of JSON Schema, with everything that Formwork knows about it. `index.ts` is the only list of keywords. All defaults are
 * conservative: a keyword that asserts and
 * - has no `demand` cannot be enforced, and a schema that uses it is rejected;
 * - has no `fail` cannot be negated, and a schema that does so is rejected;
 * - has no `quickLook` is never found satisfiable by the quick check.
 */
export interface Keyword extends KeywordDefinition {
  /** The types of the values that it can exclude, as bits. */
  readonly concerns: number;
  /** The sibling keyword that reads it, and without which it has no meaning. */
  readonly readBy?: string;
  /** Adds what has to hold. */
  demand?(given: JsonValue, demands: Demands): void;
  /** Runs before `demand` of its sibling keywords: records that what they evaluate counts. */
  track?(given: JsonValue, demands: Demands): void;
  /** Adds the ways in which it alone can fail. */
  fail?(given: JsonValue, failures: Failures): void;
  /** Whether the simplest value of the types it concerns surely passes it, given the other keywords of `node`. */
  quickLook?(node: SchemaNode, look: QuickLook): boolean;
  /** For a keyword that lists values: whether one of them is surely valid, of one of `types` if given. */
  quickChoice?(node: SchemaNode, types: number | undefined, look: QuickLook): boolean;
  /** For a keyword that demands exactly this. */
  outline?(given: JsonValue, node: SchemaNode): KeywordOutline;
  /** Schemas that hold whenever the literal holds. */
  leadsTo?(literal: SchemaLiteral, goals: Goals): readonly SchemaLiteral[];
  /** A schema that fails whenever the literal holds. */
  ruledOut?(literal: SchemaLiteral, goals: Goals): SchemaLiteral;
  /** Schemas of which at least one holds whenever the literal holds. */
  oneHolds?(literal: SchemaLiteral, goals: Goals): readonly SchemaLiteral[];
  /** Names of required members. */
  requiredMembers?(given: JsonValue): readonly string[];
  /** What it demands of the values of a named member. */
  member?(literal: SchemaLiteral, name: string, goals: Goals): Literal | undefined;
  /** Whether it forbids a member with that name. */
  leavesOut?(literal: SchemaLiteral, name: string, goals: Goals): boolean;
  /** The language of the permitted strings. */
  language?(given: JsonValue, node: SchemaNode, goals: Goals): ByteAutomaton | undefined;
  readonly remote?: RemoteUse;
  /** The stricter of two values of the keyword. */
  readonly stricter?: "greater" | "lesser";
}

type Described = Omit<Partial<Keyword>, "name" | "since"> & Pick<Keyword, "name" | "since">;

/** Defines a keyword by the members that differ from the defaults. */
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
