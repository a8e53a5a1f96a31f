import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { JsonContainer, JsonDocument, type JsonPart } from "../../json/index.js";
import { briefSchema as briefOf } from "./brief.js";
import { SchemaInstructions } from "./instructions.js";
import { outlineSchema as outlineOf } from "./outline.js";
import { schemaInstruction as instructionOf, withInstruction } from "./prompt.js";

const documentOf = (schema: unknown): JsonDocument => JsonDocument.read(JSON.stringify(schema));
const partOf = (schema: unknown): JsonPart => documentOf(schema).root;
const outlineSchema = (schema: unknown, limit?: number) => outlineOf(partOf(schema), limit);
const briefSchema = (schema: unknown, limit?: number) => briefOf(partOf(schema), limit);
const schemaInstruction = (schema: unknown, limit?: number, brief?: boolean) =>
  instructionOf(documentOf(schema), limit, brief);

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

describe("what a schema says in words", () => {
  it("is told of the root, of items and of alternatives, with titles and examples", () => {
    const schema = {
      title: "Order",
      description: "What was bought",
      type: "object",
      properties: {
        lines: { type: "array", items: { type: "string", description: "One line" } },
        state: { anyOf: [{ const: "new", title: "Just in" }, { type: "null" }] },
        code: { type: "string", examples: ["AB-1", "AB-2"] },
      },
    };
    const outline = outlineSchema(schema);
    for (const words of ["What was bought", "One line", "Just in", 'e.g. "AB-1"'])
      expect(outline).toContain(words);
    const brief = briefSchema(schema);
    for (const words of ["What was bought", "One line", 'e.g. "AB-1"']) expect(brief).toContain(words);
  });

  it("keeps digits and the order of names", () => {
    const text =
      '{"properties":{"b":{"maximum":9223372036854775807,"type":"integer"},"2":{},"1":{"const":1.50}}}';
    expect(outlineOf(JsonDocument.read(text).root)).toBe(
      '{"b"?: integer (at most 9223372036854775807), "2"?: any, "1"?: 1.50}',
    );
    expect(briefOf(JsonDocument.read(text).root)).toBe("b, 2, 1 (1.50)");
  });
});

describe("schemas that refer to themselves and to each other many times", () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const objectOf = (member: (name: string, index: number) => unknown) => ({
    type: "object",
    properties: Object.fromEntries(names.map((name, index) => [name, member(name, index)])),
  });
  const levels = Object.fromEntries(
    Array.from({ length: 6 }, (_, level) => [
      `l${level}`,
      level === 0 ? { type: "string" } : objectOf(() => ({ $ref: `#/$defs/l${level - 1}` })),
    ]),
  );
  const mutual = Object.fromEntries(
    names.map((name) => [name, objectOf((_, index) => ({ $ref: `#/$defs/p${index}` }))]),
  );
  const unnamed = Object.fromEntries(
    names.map((name) => [name, { allOf: names.map((other) => ({ $ref: `#/$defs/${other}` })) }]),
  );
  const sameWord = Object.fromEntries(
    Array.from({ length: 1600 }, (_, index) => [`p${index}`, { $ref: `#/$defs/${index}/item` }]),
  );
  const cases: [string, unknown][] = [
    ["levels", { $defs: levels, $ref: "#/$defs/l5" }],
    ["mutual", { $defs: mutual, $ref: "#/$defs/p0" }],
    ["without names", { $defs: unnamed, $ref: "#/$defs/p0" }],
    ["one word", { type: "object", properties: sameWord }],
  ];

  it.each(cases)("are looked at in proportion to the text that is wanted: %s", (_name, schema) => {
    const { root } = documentOf(schema);
    const looks = [vi.spyOn(JsonContainer.prototype, "members"), vi.spyOn(JsonContainer.prototype, "items")];
    outlineOf(root, 3000);
    briefOf(root, 3000);
    const looked = looks.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    vi.restoreAllMocks();
    // Four tries of one, six of the other, some dozens of keywords for each schema visited.
    expect(looked).toBeLessThan(10 * 3100 * 40);
  });
});

describe("SchemaInstructions", () => {
  const THAI = "คำอธิบายของช่องข้อมูลที่ต้องกรอกให้ครบถ้วน".repeat(3);
  const schema = JSON.stringify({
    type: "object",
    properties: Object.fromEntries(
      Array.from({ length: 34 }, (_, index) => [`field${index}`, { type: "string", description: THAI }]),
    ),
  });

  it("are as long as fits, by the tokens of the model, and written once", () => {
    let counted = 0;
    const instructions = new SchemaInstructions(false, (text) => {
      counted++;
      return text.length * 2;
    });
    const long = instructions.within(schema, 100_000)!;
    const short = instructions.within(schema, 2_000)!;
    expect(long.text).toContain("field33");
    expect(short.tokens).toBeLessThanOrEqual(2_000);
    expect(short.tokens).toBeLessThan(long.tokens);
    expect(instructions.within(schema, 10)).toBeUndefined();
    const before = counted;
    expect(instructions.within(schema, 2_000)).toEqual(short);
    expect(counted).toBe(before);
  });

  it("are written ahead in pieces for a long schema, the same ones", async () => {
    const ahead = new SchemaInstructions(false, (text) => text.length);
    let pauses = 0;
    await ahead.prepare(schema, async () => pauses++);
    expect(pauses).toBeGreaterThan(3);
    expect(ahead.within(schema, 2_000)).toEqual(
      new SchemaInstructions(false, (text) => text.length).within(schema, 2_000),
    );
  });

  it("look at the beginning of what is long only", () => {
    const long = { enum: Array.from({ length: 20_000 }, (_, i) => ({ id: i })), const: "x".repeat(1e6) };
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`p${i}`, long.const.slice(0, 9)]),
    );
    const schemas = [{ enum: long.enum }, { const: long.const }, { const: long.enum }, { properties }];
    for (const one of schemas) {
      expect(schemaInstruction(one, 3000).length).toBeLessThan(3200);
      expect(schemaInstruction(one, 3000, true).length).toBeLessThan(3200);
    }
  });
});
