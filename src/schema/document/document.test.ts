import { describe, expect, test } from "vitest";
import { fromJavaScript, type JsonObject } from "../../json/index.js";
import type { JsonSchema } from "../../types.js";
import { KEYWORDS } from "../keywords/index.js";
import { SchemaDocument } from "./document.js";
import { at, open, refusal, target } from "./testing/open.js";

describe("nodes", () => {
  test("have a pointer as the caller would write it", () => {
    const document = open({
      properties: { "a/b~c": { items: [true, { anyOf: [{}, { not: {} }] }] }, "é %": {} },
    });
    const inner = at(document, ["properties", "a/b~c"], ["items", 1], ["anyOf", 1], ["not"]);
    expect(inner.pointer).toBe("/properties/a~1b~0c/items/1/anyOf/1/not");
    expect(at(document, ["properties", "é %"]).pointer).toBe("/properties/é %");
    expect(document.root.pointer).toBe("");
  });

  test("are the same however they are reached, booleans too", () => {
    const document = open({
      properties: { a: { $ref: "#/$defs/a" }, b: { $ref: "#/$defs/b" } },
      $defs: { a: {}, b: false, c: false },
    });
    expect(document.reference(at(document, ["properties", "a"]))).toBe(at(document, ["$defs", "a"]));
    expect(document.reference(at(document, ["properties", "b"]))).toBe(at(document, ["$defs", "b"]));
    expect(at(document, ["$defs", "b"])).not.toBe(at(document, ["$defs", "c"]));
    expect(at(document, ["$defs", "c"]).pointer).toBe("/$defs/c");
  });

  test("take names of Object.prototype as names", () => {
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"type":"null"},"constructor":{"$ref":"#/properties/__proto__"},"toString":true}}',
    );
    const document = open(schema);
    expect(at(document, ["properties", "__proto__"]).value).toEqual(fromJavaScript({ type: "null" }));
    expect(target(document, "constructor")).toBe("#/properties/__proto__");
    expect(at(document, ["properties", "toString"]).value).toBe(true);
    expect(refusal(() => at(document, ["properties", "valueOf"])).pointer).toBe("/properties/valueOf");
    expect(refusal(() => at(open({}), ["constructor"])).code).toBe("invalid_schema");
  });

  test("answer for a keyword only where it counts", () => {
    const older = open(
      { $ref: "#/definitions/a", minLength: 3, definitions: { a: { contains: {}, type: "null" } } },
      "draft-04",
    );
    expect(older.root.keyword("minLength")).toBeUndefined();
    expect(older.root.keyword("$ref")).toBe("#/definitions/a");
    expect(older.reference(older.root).keyword("contains")).toBeUndefined();
    expect(older.reference(older.root).keyword("type")).toBe("null");
    const newer = open({ $ref: "#/$defs/a", minLength: 3, $defs: { a: { const: 1 } } });
    expect(newer.root.keyword("minLength")).toEqual(fromJavaScript(3));
    expect(newer.reference(newer.root).keyword("const")).toEqual(fromJavaScript(1));
    expect(newer.root.keyword("toString")).toBeUndefined();
  });
});

describe("what comes in", () => {
  test("is taken as its JSON text would read", () => {
    const shared = { type: "string", pattern: undefined };
    const document = open({ properties: { a: shared, b: shared, c: undefined } } as JsonSchema);
    expect(at(document, ["properties", "a"]).value).toEqual(fromJavaScript({ type: "string" }));
    expect([...(document.root.value as JsonObject).keys()]).toEqual(["properties"]);
    expect(refusal(() => at(document, ["properties", "c"])).pointer).toBe("/properties/c");
  });

  test("one object under two base URIs is two schemas", () => {
    const shared = { $ref: "#/$defs/x" };
    const document = open({
      properties: {
        a: shared,
        b: { $id: "http://example.com/b", $defs: { x: { type: "null" } }, not: shared },
      },
      $defs: { x: { type: "string" } },
    });
    expect(target(document, "a")).toBe("#/$defs/x");
    const inner = at(document, ["properties", "b"], ["not"]);
    expect(document.reference(inner).value).toEqual(fromJavaScript({ type: "null" }));
  });

  test("is refused where it is no schema, too large or too deep", () => {
    for (const schema of [null, 1, "a", [], undefined]) {
      expect(refusal(() => open(schema as unknown as JsonSchema)).code).toBe("invalid_schema");
    }
    const cyclic: Record<string, unknown> = {};
    cyclic.not = cyclic;
    expect(refusal(() => open(cyclic)).code).toBe("schema_too_large");
    let deep: JsonSchema = {};
    for (let i = 0; i < 300; i++) deep = { not: deep };
    expect(refusal(() => open(deep)).code).toBe("schema_too_large");
    const long = { enum: Array.from({ length: 1000 }, (_, i) => `value ${i}`) };
    expect(
      refusal(
        () =>
          new SchemaDocument(long, {
            defaultDialect: "2020-12",
            limits: { schemaBytes: 5000, depth: 9 },
            keywords: KEYWORDS,
          }),
      ).code,
    ).toBe("schema_too_large");
    expect(refusal(() => open({ const: () => 1 } as JsonSchema)).code).toBe("invalid_schema");
  });
});

describe("dialects", () => {
  test.each([
    ["http://json-schema.org/draft-04/schema#", "draft-04"],
    ["http://json-schema.org/draft-04/schema", "draft-04"],
    ["https://json-schema.org/draft-04/schema#", "draft-04"],
    ["http://json-schema.org/draft-06/schema#", "draft-06"],
    ["http://json-schema.org/draft-07/hyper-schema#", "draft-07"],
    ["http://www.json-schema.org/draft-07/schema/", "draft-07"],
    ["https://json-schema.org/draft/2019-09/schema#", "2019-09"],
    ["https://json-schema.org/draft/2020-12/schema", "2020-12"],
    ["http://json-schema.org/schema#", "2020-12"],
  ])("%s is %s", (uri, dialect) => {
    expect(open({ $schema: uri }, "2019-09").root.dialect).toBe(dialect);
  });

  test("default to the one asked for, and change only at a schema with an identifier", () => {
    const document = open(
      {
        properties: {
          a: { $schema: "http://json-schema.org/draft-04/schema#" },
          b: { $id: "http://example.com/b", $schema: "http://json-schema.org/draft-07/schema#", not: {} },
          c: { id: "http://example.com/c", $schema: "http://json-schema.org/draft-04/schema#" },
        },
      },
      "2019-09",
    );
    expect(at(document, ["properties", "a"]).dialect).toBe("2019-09");
    expect(at(document, ["properties", "b"], ["not"]).dialect).toBe("draft-07");
    expect(at(document, ["properties", "c"]).dialect).toBe("draft-04");
  });

  test("that are unknown are refused at the root and where they would count", () => {
    for (const uri of ["http://json-schema.org/draft-03/schema#", "https://example.com/meta"]) {
      const error = refusal(() => open({ $schema: uri }));
      expect([error.code, error.pointer, error.keyword]).toEqual(["unsupported_schema", "", "$schema"]);
    }
    expect(refusal(() => open({ $schema: 7 } as JsonSchema)).code).toBe("invalid_schema");
  });

  test("of custom metaschemas are those of their vocabularies", () => {
    const vocabulary = (names: string[], extra: Record<string, boolean> = {}) => ({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $vocabulary: {
        ...Object.fromEntries(
          names.map((name) => [`https://json-schema.org/draft/2020-12/vocab/${name}`, true]),
        ),
        ...extra,
      },
    });
    const use = { $schema: "https://example.com/meta", minimum: 3, properties: {} };
    const without = open(use, "2020-12", { "https://example.com/meta": vocabulary(["core", "applicator"]) });
    expect(without.root.keyword("minimum")).toBeUndefined();
    expect(without.root.keyword("properties")).toEqual(new Map());
    const optional = vocabulary(["core", "validation"], { "https://example.com/vocabulary": false });
    expect(open(use, "2020-12", { "https://example.com/meta": optional }).root.keyword("minimum")).toEqual(
      fromJavaScript(3),
    );
    const required = vocabulary(["core", "validation"], { "https://example.com/vocabulary": true });
    const error = refusal(() => open(use, "2020-12", { "https://example.com/meta": required }));
    expect([error.code, error.keyword]).toEqual(["unsupported_schema", "$schema"]);
    expect(error.message).toContain("https://example.com/vocabulary");
    const circular = { "https://example.com/meta": { $schema: "https://example.com/meta" } };
    expect(refusal(() => open(use, "2020-12", circular)).code).toBe("unsupported_schema");
  });
});
