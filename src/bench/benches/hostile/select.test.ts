import { expect, test } from "vitest";
import { selectSchemas } from "./select.js";

const SCHEMAS = { "a pattern": true, "a list": true, "two patterns": true, "no pattern": true };

test("schemas by a part of their names, in shards that share them out", () => {
  expect(Object.keys(selectSchemas(SCHEMAS, "pattern", "0/2"))).toEqual(["a pattern", "no pattern"]);
  expect(Object.keys(selectSchemas(SCHEMAS, "pattern", "1/2"))).toEqual(["two patterns"]);
  expect(() => selectSchemas(SCHEMAS, "enum", "0/1")).toThrow(/"enum"/);
  expect(() => selectSchemas(SCHEMAS, "", "2/2")).toThrow(/shard/);
});
