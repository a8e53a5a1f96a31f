import { expect, it } from "vitest";
import { goalsOf } from "./testing/goalsOf.js";

it("has one goal for all references to a schema, directly or through others", () => {
  const { document, goals } = goalsOf({
    $defs: { one: { type: "string" }, two: { $ref: "#/$defs/one", description: "the same" } },
    properties: { a: { $ref: "#/$defs/one" }, b: { $ref: "#/$defs/two" }, c: { type: "string" } },
  });
  const root = goals.plain(document.root);
  const [a, b, c] = ["a", "b", "c"].map((name) => goals.child(root, "properties", name, true));
  expect(goals.goal([a])).toBe(goals.goal([b]));
  expect(goals.goal([a, b])).toBe(goals.goal([a]));
  expect(goals.goal([a])).not.toBe(goals.goal([c]));
});
