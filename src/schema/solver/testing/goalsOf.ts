import { Fuel } from "../../../grammar/index.js";
import type { JsonSchema } from "../../../types.js";
import { SchemaDocument } from "../../document/index.js";
import { KEYWORDS } from "../../keywords/index.js";
import { Goals } from "../goals.js";

/** The goals of a schema of the newest draft, without limits that a test of the solver would reach. */
export function goalsOf(schema: JsonSchema): { document: SchemaDocument; goals: Goals } {
  const document = new SchemaDocument(schema, {
    defaultDialect: "2020-12",
    limits: { schemaBytes: 100_000, depth: 100 },
    keywords: KEYWORDS,
  });
  const goals = new Goals(document, {
    fuel: Fuel.unlimited(),
    narrowed: new Set(),
    anyOrder: false,
    plain: false,
    closed: false,
    widened: false,
    alternatives: 1000,
    regexStates: 10_000,
  });
  return { document, goals };
}
