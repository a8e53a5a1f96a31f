import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { briefSchema } from "./brief.js";
import { outlineSchema } from "./outline.js";
import { schemaInstruction, withInstruction } from "./prompt.js";

describe("outlineSchema", () => {
  it("tells types, limits and meanings in one short line", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "Person",
      type: "object",
      properties: {
        name: { type: "string", description: "First and\n last name", minLength: 1 },
        age: { type: "integer", minimum: 0, maximum: 150 },
        born: { type: "string", format: "date" },
        roles: { type: "array", items: { enum: ["admin", "user"] }, minItems: 1 },
        plan: { const: "free" },
        note: { type: ["string", "null"], maxLength: 20 },
      },
      required: ["name", "roles"],
    };
    expect(outlineSchema(schema)).toBe(
      '/* Person */\n{"name": string /* First and last name */, "age"?: integer (0 to 150), "born"?: string (date), ' +
        '"roles": ("admin" | "user")[] (1 or more items), "plan"?: "free", "note"?: string (at most 20 characters) | null}',
    );
  });

  it("names referenced schemas once, recursion included", () => {
    const schema = {
      $ref: "#/$defs/node",
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
    };
    expect(outlineSchema(schema)).toBe('node\ntype node = {"next"?: node}');
    expect(outlineSchema({ type: "array", items: { $ref: "#" } })).toBe("Root[]\ntype Root = Root[]");
  });

  it("puts alternatives and combinations side by side", () => {
    expect(outlineSchema({ anyOf: [{ type: "string" }, { type: "array", items: { type: "number" } }] })).toBe(
      "(string | number[])",
    );
    expect(
      outlineSchema({ type: "object", allOf: [{ properties: { a: true } }, { properties: { b: false } }] }),
    ).toBe('object & {"a"?: any} & object');
  });

  it("leaves descriptions, depth and then the rest out where the text would be too long", () => {
    const properties = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `property_${i}`,
        {
          type: "object",
          description: "x".repeat(200),
          properties: { deep: { type: "object", properties: { a: {} } } },
        },
      ]),
    );
    const schema = { type: "object", properties };
    expect(outlineSchema(schema, 100_000)).toContain("xxx");
    const short = outlineSchema(schema, 7000);
    expect(short).not.toContain("xxx");
    expect(short).toContain('"property_99"');
    expect(outlineSchema(schema, 1000).length).toBeLessThanOrEqual(1004);
  });

  it("survives whatever a schema may hold", () => {
    const odd: unknown[] = [true, false, {}, { $ref: "#/nowhere" }, { $ref: "http://x/y#%zz" }, { enum: [] }];
    odd.push(
      { properties: 1, items: "x", anyOf: {}, required: "a", type: [] },
      { type: "object", properties: { a: 1 } },
    );
    for (const schema of odd) expect(typeof outlineSchema(schema as boolean)).toBe("string");
  });

  it("is far shorter than the schema itself", () => {
    const folder = new URL("../../../examples/", import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    expect(files.length).toBeGreaterThanOrEqual(6);
    for (const file of files) {
      const text = readFileSync(new URL(file, folder), "utf8");
      expect(outlineSchema(JSON.parse(text)).length).toBeLessThan(JSON.stringify(JSON.parse(text)).length);
    }
  });
});

describe("briefSchema", () => {
  it("lists names and what they mean", () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string", maxLength: 3 },
        urgency: { description: "How soon", enum: ["low", "high"] },
        lines: { type: "array", items: { $ref: "#/$defs/line" } },
        born: { type: "string", format: "date" },
        never: false,
      },
      $defs: { line: { type: "object", properties: { product: {}, count: { type: "integer" } } } },
    };
    expect(briefSchema(schema)).toBe(
      "name, urgency (How soon: low, high), lines (product, count), born (date)",
    );
    const either = {
      anyOf: [{ properties: { kind: { const: "a" }, x: {} } }, { properties: { kind: { const: "b" } } }],
    };
    expect(briefSchema(either)).toBe("kind (a), x; or kind (b)");
    expect(schemaInstruction(schema, 1000, true)).toMatch(/^Answer in JSON. Fields: name, /);
  });

  it("leaves it to types where nothing has a name, and ends where a schema refers to itself", () => {
    expect(briefSchema({ type: "array", items: { $ref: "#" } })).toBeUndefined();
    expect(briefSchema(true)).toBeUndefined();
    expect(schemaInstruction({ type: "string" }, 1000, true)).toContain("of this type");
    const tree = { properties: { name: {}, children: { items: { $ref: "#" } }, next: { $ref: "#" } } };
    expect(briefSchema(tree)).toBe("name, children, next");
    expect(briefSchema(tree, 10)).toBeUndefined();
    expect(briefSchema({ anyOf: [{ $ref: "#" }, { allOf: [{ $ref: "#" }] }] })).toBeUndefined();
    expect(briefSchema({ properties: { a: { items: { $ref: "#/properties/a" } } } })).toBe("a");
  });
});

describe("withInstruction", () => {
  const user = { role: "user" as const, content: "Hello" };
  it("stands before everything that differs", () => {
    const instruction = schemaInstruction({ type: "string" });
    expect(withInstruction([user], instruction)).toEqual([{ role: "system", content: instruction }, user]);
    const system = { role: "system" as const, content: "Be brief." };
    expect(withInstruction([system, user], instruction)).toEqual([
      { role: "system", content: `Be brief.\n\n${instruction}` },
      user,
    ]);
  });
});
