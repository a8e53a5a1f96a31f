import { ARRAY, OBJECT } from "../../grammar/index.js";
import { isJsonArray } from "../../json/index.js";
import type { SchemaNode } from "../document/index.js";
import { assertionsOf } from "../keywords/demands.js";
import { countOf } from "../keywords/forms.js";
import { leavesOut, membersOf, requiredOf } from "./disjoint.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import { conjunctsOf, typesOf } from "./outline.js";

/** Explains why no value satisfies a schema. */
export interface Contradiction {
  readonly location: string;
  readonly keyword: string | undefined;
  readonly message: string;
}

/** Maximum depth of the explanation, and maximum number of keywords in it. */
const MAX_LEVELS = 64;
const MAX_NAMED = 6;

/** The innermost schema that excludes all values by itself, given that the root excludes all. */
export function findContradiction(goals: Goals): Contradiction {
  let literals: readonly SchemaLiteral[] = [goals.plain(goals.document.root)];
  for (let level = 0; level < MAX_LEVELS; level++) {
    const inner = goDown(goals, literals);
    if (inner === undefined) break;
    if (!isLevel(inner)) return inner;
    literals = inner;
  }
  return describe(literals.flatMap((literal) => conjunctsOf(goals, literal)));
}

type Level = readonly SchemaLiteral[];

function isLevel(found: Level | Contradiction): found is Level {
  return Array.isArray(found);
}

/** The inner demand that cannot be satisfied; undefined if the schemas contradict each other here. */
function goDown(goals: Goals, literals: Level): Level | Contradiction | undefined {
  const parts = literals.flatMap((literal) => conjunctsOf(goals, literal));
  for (const { node } of parts) {
    if (node.value === false)
      return { location: node.location, keyword: undefined, message: "the schema false allows no value" };
  }
  const types = parts.reduce((left, part) => left & typesOf(goals, part), ~0);
  return (
    (types === OBJECT ? goIntoMembers(goals, parts) : undefined) ??
    (types === ARRAY ? goIntoItems(goals, parts) : undefined) ??
    goIntoAlternatives(goals, parts)
  );
}

function goIntoMembers(goals: Goals, parts: Level): Level | Contradiction | undefined {
  for (const name of new Set(parts.flatMap((part) => requiredOf(goals, part)))) {
    const closed = parts.find((part) => leavesOut(goals, part, name));
    if (closed !== undefined) {
      const message = `"additionalProperties" rules out the required property "${name}"`;
      return { location: closed.node.location, keyword: "additionalProperties", message };
    }
    const members = parts.flatMap((part) => membersOf(goals, part, name)).filter(isSchemaLiteral);
    const found = narrowed(goals, members);
    if (found !== undefined) return found;
  }
  return undefined;
}

function goIntoItems(goals: Goals, parts: Level): Level | undefined {
  const needed = Math.max(0, ...parts.map(({ node }) => countOf(node.keyword("minItems"), 0)));
  if (needed === 0) return undefined;
  const items = parts
    .filter(({ node }) => node.keyword("items") !== undefined && !isJsonArray(node.keyword("items")))
    .map((part) => goals.child(part, "items", undefined, true));
  return narrowed(goals, items);
}

function goIntoAlternatives(goals: Goals, parts: Level): Level | Contradiction | undefined {
  for (const part of parts) {
    for (const keyword of ["anyOf", "oneOf"]) {
      const given = part.node.keyword(keyword);
      if (!isJsonArray(given)) continue;
      const children = given.map((_, i) => goals.child(part, keyword, i, true));
      if (children.some((child) => goals.goal([child]).isPossible)) continue;
      if (children.length === 1) return children;
      const message = `no branch of "${keyword}" allows any value`;
      return { location: part.node.location, keyword, message };
    }
  }
  return undefined;
}

/** Of schemas that cannot hold together: the one that cannot hold alone, or all of them; undefined if they can hold. */
function narrowed(goals: Goals, literals: Level): Level | undefined {
  if (literals.length === 0) return undefined;
  const alone = literals.find((literal) => !goals.goal([literal]).isPossible);
  if (alone !== undefined) return [alone];
  return goals.goal(literals).isPossible ? undefined : literals;
}

function isSchemaLiteral(literal: Literal): literal is SchemaLiteral {
  return literal.kind === "schema";
}

function describe(parts: Level): Contradiction {
  const named: { node: SchemaNode; name: string }[] = [];
  for (const { node } of parts)
    for (const { keyword } of assertionsOf(node))
      if (keyword.leadsTo === undefined) named.push({ node, name: keyword.name });
  const last = named.at(-1);
  const location = last?.node.location ?? parts[0].node.location;
  const isHere = named.every(({ node }) => node.location === location);
  const listed = named
    .slice(0, MAX_NAMED)
    .map(({ node, name }) => (isHere ? `"${name}"` : `"${name}" at ${node.location || "the root"}`));
  const more = named.length > MAX_NAMED ? " and others" : "";
  const verb = named.length === 1 ? "leaves no value" : "leave no value together";
  const message = listed.length === 0 ? "nothing is allowed" : `${listed.join(", ")}${more} ${verb}`;
  return { location, keyword: last?.name, message };
}
