import { SchemaError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import { KEYWORDS } from "../../keywords/index.js";
import type { Dialect } from "../dialect.js";
import { SchemaDocument } from "../document.js";
import type { SchemaNode } from "../node.js";

export const limits = { schemaBytes: 1_000_000, depth: 200 };

export function open(
  schema: JsonSchema,
  defaultDialect: Dialect = "2020-12",
  documents?: Record<string, JsonSchema>,
): SchemaDocument {
  return new SchemaDocument(schema, {
    defaultDialect,
    limits,
    keywords: KEYWORDS,
    ...(documents === undefined ? {} : { documents }),
  });
}

/** The node at a path of keywords and members, each given as `[keyword]` or `[keyword, member]`. */
export function at(document: SchemaDocument, ...path: [string, (string | number)?][]): SchemaNode {
  let node = document.root;
  for (const [keyword, member] of path) node = document.child(node, keyword, member);
  return node;
}

/** Pointer and base URI of what the `$ref` of `properties/<name>` leads to. */
export function target(document: SchemaDocument, name: string): string {
  const node = document.reference(at(document, ["properties", name]));
  return `${node.resource.uri}#${node.pointer}`;
}

export function refusal(run: () => unknown): SchemaError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SchemaError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}
