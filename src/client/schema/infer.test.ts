import { expectTypeOf, test } from "vitest";
import type { JsonSchema, JsonValue } from "../../types.js";
import type { FromSchema, Partially } from "./infer.js";

test("scalars, enums, constants, lists of types", () => {
  expectTypeOf<FromSchema<{ type: "string" }>>().toEqualTypeOf<string>();
  expectTypeOf<FromSchema<{ type: "integer"; minimum: 1 }>>().toEqualTypeOf<number>();
  expectTypeOf<FromSchema<{ type: readonly ["string", "null"] }>>().toEqualTypeOf<string | null>();
  expectTypeOf<FromSchema<{ enum: readonly ["a", 1, null] }>>().toEqualTypeOf<"a" | 1 | null>();
  expectTypeOf<FromSchema<{ const: { readonly a: readonly [1] } }>>().toEqualTypeOf<{ a: [1] }>();
  expectTypeOf<FromSchema<true>>().toEqualTypeOf<JsonValue>();
  expectTypeOf<FromSchema<false>>().toEqualTypeOf<never>();
  expectTypeOf<FromSchema<{ description: "anything" }>>().toEqualTypeOf<JsonValue>();
});

test("a schema that is not a literal is any document", () => {
  expectTypeOf<FromSchema<JsonSchema>>().toEqualTypeOf<JsonValue>();
  expectTypeOf<FromSchema<{ [keyword: string]: unknown }>>().toEqualTypeOf<JsonValue>();
});

test("objects and arrays", () => {
  type Order = FromSchema<{
    type: "object";
    properties: {
      id: { type: "string" };
      lines: {
        type: "array";
        items: { type: "object"; properties: { price: { type: "number" } }; required: readonly ["price"] };
      };
      at: {
        type: "array";
        prefixItems: readonly [{ type: "number" }, { type: "string" }];
        items: false;
        minItems: 2;
      };
      more: { type: "object"; additionalProperties: { type: "boolean" } };
    };
    required: readonly ["id", "lines"];
  }>;
  expectTypeOf<Order>().toEqualTypeOf<{
    id: string;
    lines: { price: number }[];
    at?: [number, string];
    more?: { [key: string]: boolean };
  }>();
  expectTypeOf<FromSchema<{ type: "object" }>>().toEqualTypeOf<{ [key: string]: JsonValue }>();
  expectTypeOf<FromSchema<{ type: "array" }>>().toEqualTypeOf<JsonValue[]>();
  expectTypeOf<Partially<Order>["lines"]>().toEqualTypeOf<{ price?: number }[] | undefined>();
});

test("what the schema does not promise the type does not either", () => {
  type Pair = readonly [{ type: "number" }, { type: "string" }];
  expectTypeOf<FromSchema<{ type: "array"; prefixItems: Pair; items: false }>>().toEqualTypeOf<
    [number?, string?]
  >();
  expectTypeOf<
    FromSchema<{ type: "array"; prefixItems: Pair; items: { type: "null" }; minItems: 1 }>
  >().toEqualTypeOf<[number, string?, ...null[]]>();
  expectTypeOf<FromSchema<{ type: "array"; prefixItems: Pair; minItems: 5 }>>().toEqualTypeOf<
    [number, string, ...JsonValue[]]
  >();
  expectTypeOf<
    FromSchema<{ type: "object"; patternProperties: { "^x": true }; additionalProperties: false }>
  >().toEqualTypeOf<{ [key: string]: JsonValue }>();
  // Without a type `properties` say nothing of texts and numbers.
  type Vague = { properties: { a: { type: "string" } }; required: readonly ["a"] };
  expectTypeOf<FromSchema<Vague>>().toEqualTypeOf<
    { a: string } | string | number | boolean | null | JsonValue[]
  >();
  expectTypeOf<FromSchema<{ type: "object"; allOf: readonly [Vague] }>["a"]>().toEqualTypeOf<string>();
});

test("alternatives, parts, references", () => {
  expectTypeOf<FromSchema<{ anyOf: readonly [{ type: "string" }, { type: "null" }] }>>().toEqualTypeOf<
    string | null
  >();
  type Both = FromSchema<{
    allOf: readonly [
      { type: "object"; properties: { a: { type: "string" } }; required: readonly ["a"] },
      { type: "object"; properties: { b: { type: "number" } }; required: readonly ["b"] },
    ];
  }>;
  expectTypeOf<Both>().toEqualTypeOf<{ a: string } & { b: number }>();
  type Tree = FromSchema<{
    $defs: {
      node: {
        type: "object";
        properties: {
          name: { type: "string" };
          children: { type: "array"; items: { $ref: "#/$defs/node" } };
        };
        required: readonly ["name", "children"];
      };
    };
    $ref: "#/$defs/node";
  }>;
  expectTypeOf<Tree["children"][number]["children"][number]["name"]>().toEqualTypeOf<string>();
  expectTypeOf<FromSchema<{ $ref: "https://elsewhere" }>>().toEqualTypeOf<JsonValue>();
});
