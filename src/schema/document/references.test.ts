import { describe, expect, test } from "vitest";
import { fromJavaScript } from "../../json/index.js";
import { at, open, refusal, target } from "./testing/open.js";

describe("references", () => {
  test("follow pointers anywhere, by RFC 6901 and percent-encoding", () => {
    const document = open({
      properties: {
        a: { $ref: "#/$defs/x~1y~0z" },
        b: { $ref: "#/$defs/per%25cent" },
        c: { $ref: "#/$defs/quo%22te/items/0" },
        d: { $ref: "#/unknown/deep/0/schema" },
        e: { $ref: "#" },
        f: { $ref: "#/allOf/1/anyOf/0" },
        g: { $ref: "#/const/inner" },
      },
      $defs: { "x/y~z": {}, "per%cent": {}, 'quo"te': { items: [{ type: "null" }] } },
      unknown: { deep: [{ schema: { type: "integer" } }] },
      allOf: [true, { anyOf: [{ type: "array" }] }],
      const: { inner: { type: "string" } },
    });
    expect(["a", "b", "c", "d", "e", "f", "g"].map((name) => target(document, name))).toEqual([
      "#/$defs/x~1y~0z",
      "#/$defs/per%cent",
      '#/$defs/quo"te/items/0',
      "#/unknown/deep/0/schema",
      "#",
      "#/allOf/1/anyOf/0",
      "#/const/inner",
    ]);
  });

  test("that lead nowhere are refused at the place that refers", () => {
    const schema = {
      properties: {
        a: { $ref: "#/$defs/none" },
        b: { $ref: "#/$defs/list/00" },
        c: { $ref: "#nowhere" },
        d: { $ref: "#/%E0%A4%A" },
        e: { $ref: "#/$defs/list/items/type" },
        f: { $ref: "#/toString" },
      },
      $defs: { list: { items: { type: "null" }, "0": {} } },
    };
    const document = open(schema);
    for (const name of Object.keys(schema.properties)) {
      const error = refusal(() => target(document, name));
      expect([error.code, error.pointer, error.keyword]).toEqual([
        "invalid_schema",
        `/properties/${name}`,
        "$ref",
      ]);
    }
  });

  test("to other documents need them handed over", () => {
    const schema = {
      $id: "http://example.com/root.json",
      properties: { a: { $ref: "other.json#/$defs/x" } },
    };
    const error = refusal(() => target(open(schema), "a"));
    expect([error.code, error.pointer, error.keyword]).toEqual([
      "unsupported_schema",
      "/properties/a",
      "$ref",
    ]);
    expect(error.message).toContain("http://example.com/other.json");
    const other = { $defs: { x: { $ref: "#/$defs/y" }, y: { type: "null" } } };
    const document = open(schema, "2020-12", { "http://example.com/other.json": other });
    const found = document.reference(at(document, ["properties", "a"]));
    expect(found.resource.uri).toBe("http://example.com/other.json");
    expect(document.reference(found).value).toEqual(fromJavaScript({ type: "null" }));
  });

  test("find documents under their own identifier and schemas embedded in them", () => {
    const documents = {
      "http://example.com/one": {
        $id: "http://example.com/renamed",
        $defs: { x: { $id: "urn:x:1", type: "null" } },
      },
    };
    const schema = {
      properties: {
        a: { $ref: "http://example.com/one#/$defs/x" },
        b: { $ref: "urn:x:1" },
        c: { $ref: "http://example.com/renamed" },
      },
    };
    for (const first of ["a", "b", "c"]) {
      const document = open(schema, "2020-12", documents);
      target(document, first);
      expect(["a", "b", "c"].map((name) => target(document, name))).toEqual([
        "urn:x:1#/$defs/x",
        "urn:x:1#/$defs/x",
        "http://example.com/renamed#",
      ]);
    }
  });

  test("find embedded resources by URI, relative ones against the base around them", () => {
    const document = open({
      $id: "http://example.com/a/root.json",
      properties: {
        a: { $ref: "item.json" },
        b: { $ref: "/a/item.json" },
        c: { $ref: "http://example.com/a/sub/leaf.json#/type" },
        d: { $ref: "sub/leaf.json" },
        e: { $ref: "urn:uuid:deadbeef-1234-00ff-ff00-4321feebdaed#/$defs/bar" },
      },
      $defs: {
        item: { $id: "item.json", $defs: { leaf: { $id: "sub/leaf.json", type: "null" } } },
        urn: { $id: "urn:uuid:deadbeef-1234-00ff-ff00-4321feebdaed", $defs: { bar: {} } },
      },
    });
    expect(target(document, "a")).toBe("http://example.com/a/item.json#/$defs/item");
    expect(target(document, "b")).toBe("http://example.com/a/item.json#/$defs/item");
    expect(refusal(() => target(document, "c")).code).toBe("invalid_schema");
    expect(target(document, "d")).toBe("http://example.com/a/sub/leaf.json#/$defs/item/$defs/leaf");
    expect(target(document, "e")).toBe("urn:uuid:deadbeef-1234-00ff-ff00-4321feebdaed#/$defs/urn/$defs/bar");
  });

  test("do not take data for identifiers", () => {
    const document = open({
      properties: { a: { $ref: "http://example.com/x" } },
      $defs: {
        data: { enum: [{ $id: "http://example.com/x", type: "null" }] },
        unknown: { unknownKeyword: { $id: "http://example.com/x", type: "null" } },
        real: { $id: "http://example.com/x", type: "string" },
      },
    });
    expect(target(document, "a")).toBe("http://example.com/x#/$defs/real");
  });

  test("find anchors of each draft, within their own resource", () => {
    const newer = open({
      $id: "http://example.com/root",
      properties: { a: { $ref: "#x" }, b: { $ref: "inner#x" }, c: { $ref: "http://example.com/root#d" } },
      $defs: {
        x: { $anchor: "x", type: "null" },
        inner: { $id: "inner", $defs: { x: { $anchor: "x", type: "string" } } },
        d: { $dynamicAnchor: "d" },
      },
    });
    expect(target(newer, "a")).toBe("http://example.com/root#/$defs/x");
    expect(target(newer, "b")).toBe("http://example.com/inner#/$defs/inner/$defs/x");
    expect(target(newer, "c")).toBe("http://example.com/root#/$defs/d");
    const seven = open(
      { properties: { a: { $ref: "#x" } }, definitions: { x: { $id: "#x", type: "null" } } },
      "draft-07",
    );
    expect(target(seven, "a")).toBe("#/definitions/x");
    const four = open(
      {
        id: "http://example.com/root",
        properties: { a: { $ref: "nested.json#x" }, id: { type: "string" } },
        definitions: { x: { id: "nested.json", definitions: { y: { id: "#x" } } } },
      },
      "draft-04",
    );
    expect(target(four, "a")).toBe("http://example.com/nested.json#/definitions/x/definitions/y");
  });

  test("alone count in drafts up to 7: a sibling identifier changes no base", () => {
    const schema = (keyword: string) => ({
      [keyword]: "http://example.com/base/",
      properties: { a: { $ref: "leaf", [keyword]: "http://example.com/elsewhere/" } },
      definitions: { leaf: { [keyword]: "leaf" } },
    });
    expect(target(open(schema("$id"), "draft-07"), "a")).toBe(
      "http://example.com/base/leaf#/definitions/leaf",
    );
    expect(target(open(schema("id"), "draft-04"), "a")).toBe(
      "http://example.com/base/leaf#/definitions/leaf",
    );
    expect(refusal(() => target(open(schema("$id"), "2020-12"), "a")).code).toBe("unsupported_schema");
  });

  test("find the official metaschemas", () => {
    for (const uri of [
      "http://json-schema.org/draft-04/schema#",
      "http://json-schema.org/draft-06/schema",
      "https://json-schema.org/draft-07/schema#",
      "https://json-schema.org/draft/2019-09/schema",
      "https://json-schema.org/draft/2019-09/meta/format",
      "https://json-schema.org/draft/2020-12/schema",
      "https://json-schema.org/draft/2020-12/meta/unevaluated",
    ]) {
      const document = open({ properties: { a: { $ref: uri } } });
      const found = document.reference(at(document, ["properties", "a"]));
      expect(found.pointer, uri).toBe("");
      expect(uri, uri).toContain(found.dialect);
    }
    const document = open({
      properties: { a: { $ref: "http://json-schema.org/draft-07/schema#/definitions/stringArray" } },
    });
    expect(target(document, "a")).toBe("http://json-schema.org/draft-07/schema#/definitions/stringArray");
  });

  test("of generated schemas are read as they are meant", () => {
    // An identifier on every subschema, pointers still from the root of the document.
    const everywhere = open(
      {
        properties: { x: { $id: "/properties/x", not: { $ref: "#/definitions/y" } } },
        definitions: { y: { $id: "/definitions/y" } },
      },
      "draft-07",
    );
    expect(everywhere.reference(at(everywhere, ["properties", "x"], ["not"])).pointer).toBe("/definitions/y");
    // The identifier of draft 4 under a later draft; a pointer without its first slash.
    const mixed = open({
      properties: { a: { $ref: "#leaf" }, b: { $ref: "#definitions/leaf" }, c: { $ref: "leaf" } },
      definitions: { leaf: { id: "#leaf" }, other: { id: "leaf" } },
    });
    expect(target(mixed, "a")).toBe("#/definitions/leaf");
    expect(target(mixed, "b")).toBe("#/definitions/leaf");
    expect(target(mixed, "c")).toBe("#/definitions/other");
  });
});

describe("dynamic references", () => {
  test("end at the outermost resource that has the dynamic anchor", () => {
    const document = open({
      $id: "http://example.com/outer",
      properties: { list: { $ref: "list" } },
      $defs: {
        own: { $dynamicAnchor: "item", type: "string" },
        list: {
          $id: "list",
          items: { $dynamicRef: "#item" },
          $defs: { any: { $dynamicAnchor: "item" }, plain: { $anchor: "plain" } },
          not: { $dynamicRef: "#plain" },
        },
      },
    });
    expect(document.usesDynamicReferences).toBe(true);
    const list = document.reference(at(document, ["properties", "list"]));
    const item = document.child(list, "items");
    const [outer, inner] = [document.root.resource, list.resource];
    expect(outer.dynamic && inner.dynamic).toBe(true);
    expect(document.dynamicReference(item, []).pointer).toBe("/$defs/list/$defs/any");
    expect(document.dynamicReference(item, [inner]).pointer).toBe("/$defs/list/$defs/any");
    expect(document.dynamicReference(item, [outer, inner]).pointer).toBe("/$defs/own");
    const plain = document.child(list, "not");
    expect(document.dynamicReference(plain, [outer, inner]).pointer).toBe("/$defs/list/$defs/plain");
  });

  test("without a dynamic anchor at their plain target are plain", () => {
    const document = open({
      $id: "http://example.com/outer",
      $dynamicAnchor: "item",
      $defs: { inner: { $id: "inner", $anchor: "item", not: { $dynamicRef: "#item" } } },
    });
    const inner = at(document, ["$defs", "inner"]);
    const found = document.dynamicReference(document.child(inner, "not"), [
      document.root.resource,
      inner.resource,
    ]);
    expect(found).toBe(inner);
  });

  test("of 2019-09 end at the outermost recursive anchor", () => {
    const tree = (anchor: boolean) => ({
      $id: "http://example.com/strict",
      $recursiveAnchor: true,
      $ref: "tree",
      $defs: { tree: { $id: "tree", $recursiveAnchor: anchor, items: { $recursiveRef: "#" } } },
    });
    for (const anchor of [true, false]) {
      const document = open(tree(anchor), "2019-09");
      const inner = document.reference(document.root);
      const scope = [document.root.resource, inner.resource];
      const found = document.dynamicReference(document.child(inner, "items"), scope);
      expect(found).toBe(anchor ? document.root : inner);
    }
  });

  test("are known of as soon as a document that uses them is", () => {
    const document = open({ properties: { a: { $ref: "https://json-schema.org/draft/2020-12/schema" } } });
    expect(document.usesDynamicReferences).toBe(false);
    const metaschema = document.reference(at(document, ["properties", "a"]));
    expect(document.usesDynamicReferences).toBe(true);
    expect(metaschema.resource.dynamicAnchors.get("meta")).toBe(metaschema);
  });
});
