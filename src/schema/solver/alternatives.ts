import { type Binary, isWhole, NUMBER, parseDecimal } from "../../grammar/index.js";
import type { JsonArray } from "../../json/index.js";
import type { SchemaNode } from "../document/index.js";
import { assertionsOf } from "../keywords/demands.js";
import type { Goals } from "./goals.js";
import type { SchemaLiteral } from "./literal.js";
import { nodeOutline } from "./outline.js";
import { typeOfSpelling } from "./spelling.js";

/** The branches of `anyOf` or `oneOf`. */
export interface Alternatives {
  /** The values of branches that only have `const` or `enum`, with the number of branches that list each. */
  readonly listed: ReadonlyMap<Binary, number>;
  readonly others: readonly SchemaLiteral[];
}

/** Many tools write an `enum` as thousands of branches `{const, title}`, which are merged. */
export function alternativesOf(goals: Goals, literal: SchemaLiteral, keyword: string): Alternatives {
  const listed = new Map<Binary, number>();
  const others: SchemaLiteral[] = [];
  for (const child of branchesOf(goals, literal, keyword)) {
    const values = listedValues(goals, child.node);
    if (values === undefined) others.push(child);
    else for (const value of values) listed.set(value, (listed.get(value) ?? 0) + 1);
  }
  return { listed, others };
}

/** The branches of `anyOf` or `oneOf`, individually. */
export function branchesOf(goals: Goals, literal: SchemaLiteral, keyword: string): SchemaLiteral[] {
  return (literal.node.keyword(keyword) as JsonArray).map((_, i) => goals.child(literal, keyword, i, true));
}

/** The values of a node that only lists values, possibly with a type. */
function listedValues(goals: Goals, node: SchemaNode): readonly Binary[] | undefined {
  const assertions = assertionsOf(node);
  if (assertions.length === 0 || !assertions.every(({ keyword }) => keyword.outline !== undefined))
    return undefined;
  const { values, whole } = nodeOutline(goals, node);
  if (values === undefined) return undefined;
  if (whole !== 1) return [...values];
  // In draft 4, `1.0` is not an integer.
  if (node.dialect === "draft-04") return undefined;
  return [...values].filter((value) => typeOfSpelling(value) !== NUMBER || isWhole(parseDecimal(value)));
}
