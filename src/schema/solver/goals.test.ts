import { expect, it } from "vitest";
import { Fuel } from "../../grammar/index.js";
import { SchemaDocument } from "../document/index.js";
import { KEYWORDS } from "../keywords/index.js";
import { Goals } from "./goals.js";

it("has one goal for all references to a schema, directly or through others", () => {
  const document = new SchemaDocument(
    {
      $defs: { one: { type: "string" }, two: { $ref: "#/$defs/one", description: "the same" } },
      properties: { a: { $ref: "#/$defs/one" }, b: { $ref: "#/$defs/two" }, c: { type: "string" } },
    },
    { defaultDialect: "2020-12", limits: { schemaBytes: 100_000, depth: 100 }, keywords: KEYWORDS },
  );
  const goals = new Goals(document, {
    fuel: Fuel.unlimited(),
    narrowed: new Set(),
    anyOrder: false,
    plain: false,
    closed: false,
    widened: false,
    alternatives: 10,
    regexStates: 100,
  });
  const root = goals.plain(document.root);
  const [a, b, c] = ["a", "b", "c"].map((name) => goals.child(root, "properties", name, true));
  expect(goals.goal([a])).toBe(goals.goal([b]));
  expect(goals.goal([a, b])).toBe(goals.goal([a]));
  expect(goals.goal([a])).not.toBe(goals.goal([c]));
});
