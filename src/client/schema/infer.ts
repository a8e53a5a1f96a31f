import type { JsonValue } from "../../types.js";

/**
 * The TypeScript type of documents valid against a JSON Schema literal. Supports `type`, `properties`, `required`,
 * `additionalProperties`, `items`, `prefixItems`, `minItems`, `enum`, `const`, `anyOf`, `oneOf`, `allOf` and local `$ref`, including
 * recursion. Other keywords make the type wider, never wrong. A schema that is not a literal gives `JsonValue`.
 */
export type FromSchema<Schema> = Infer<Schema, Schema>;

type Infer<Schema, Root> = boolean extends Schema
  ? JsonValue
  : Schema extends true
    ? JsonValue
    : Schema extends false
      ? never
      : string extends keyof Schema
        ? JsonValue
        : Schema extends { const: infer Value }
          ? Writable<Value>
          : Schema extends { enum: readonly (infer Value)[] }
            ? Writable<Value>
            : Schema extends { $ref: infer Pointer extends string }
              ? Infer<Resolve<Pointer, Root>, Root>
              : Schema extends { anyOf: infer Branches extends readonly unknown[] }
                ? Both<Own<Schema, Root>, Infer<Branches[number], Root>>
                : Schema extends { oneOf: infer Branches extends readonly unknown[] }
                  ? Both<Own<Schema, Root>, Infer<Branches[number], Root>>
                  : Schema extends { allOf: infer Parts extends readonly unknown[] }
                    ? Both<Own<Schema, Root>, All<Parts, Root>>
                    : Own<Schema, Root>;

/** The type by `type`. Without it, `properties` describes objects and permits everything else. */
type Own<Schema, Root> = Schema extends { type: readonly (infer Type)[] }
  ? OfType<Type, Schema, Root>
  : Schema extends { type: infer Type }
    ? OfType<Type, Schema, Root>
    : Schema extends { properties: unknown }
      ? ObjectOf<Schema, Root> | string | number | boolean | null | JsonValue[]
      : JsonValue;

type OfType<Type, Schema, Root> = Type extends "string"
  ? string
  : Type extends "number" | "integer"
    ? number
    : Type extends "boolean"
      ? boolean
      : Type extends "null"
        ? null
        : Type extends "array"
          ? ArrayOf<Schema, Root>
          : Type extends "object"
            ? ObjectOf<Schema, Root>
            : JsonValue;

type ArrayOf<Schema, Root> = Schema extends { prefixItems: infer Prefix extends readonly unknown[] }
  ? [...Tuple<Prefix, Root, LeastItems<Schema>>, ...ItemsAfter<Schema, Root>]
  : Schema extends { items: infer Item }
    ? Infer<Item, Root>[]
    : JsonValue[];

type LeastItems<Schema> = Schema extends { minItems: infer Least extends number } ? Least : 0;

type ItemsAfter<Schema, Root> = Schema extends { items: infer Item }
  ? Item extends false
    ? []
    : Infer<Item, Root>[]
  : JsonValue[];

/** `prefixItems` gives the types of the first items, `minItems` how many are required. */
type Tuple<
  Prefix extends readonly unknown[],
  Root,
  Least extends number,
  Taken extends unknown[] = [],
> = Taken["length"] extends Least
  ? { -readonly [Index in keyof Prefix]?: Infer<Prefix[Index], Root> }
  : Prefix extends readonly [infer First, ...infer Others]
    ? [Infer<First, Root>, ...Tuple<Others, Root, Least, [...Taken, unknown]>]
    : [];

type ObjectOf<Schema, Root> = Schema extends { properties: infer Properties }
  ? Flat<
      {
        -readonly [Key in keyof Properties as Key extends RequiredKey<Schema> ? Key : never]: Infer<
          Properties[Key],
          Root
        >;
      } & {
        -readonly [Key in keyof Properties as Key extends RequiredKey<Schema> ? never : Key]?: Infer<
          Properties[Key],
          Root
        >;
      }
    >
  : Schema extends { patternProperties: unknown }
    ? { [key: string]: JsonValue }
    : Schema extends { additionalProperties: infer Value }
      ? { [key: string]: Infer<Value, Root> }
      : { [key: string]: JsonValue };

type RequiredKey<Schema> = Schema extends { required: readonly (infer Key)[] } ? Key : never;

type Resolve<Pointer extends string, Root> = Pointer extends "#"
  ? Root
  : Pointer extends `#/$defs/${infer Name}`
    ? Root extends { $defs: infer Definitions }
      ? Name extends keyof Definitions
        ? Definitions[Name]
        : true
      : true
    : Pointer extends `#/definitions/${infer Name}`
      ? Root extends { definitions: infer Definitions }
        ? Name extends keyof Definitions
          ? Definitions[Name]
          : true
        : true
      : true;

/** The intersection of two types; one that restricts nothing is dropped. */
type Both<Left, Right> = JsonValue extends Left
  ? Right
  : JsonValue extends Right
    ? Left
    : Left extends unknown
      ? Right extends unknown
        ? Kind<Left> extends Kind<Right>
          ? Left & Right
          : never
        : never
      : never;

type Kind<Value> = Value extends string
  ? "string"
  : Value extends number
    ? "number"
    : Value extends boolean
      ? "boolean"
      : Value extends null
        ? "null"
        : Value extends readonly unknown[]
          ? "array"
          : "object";

type All<Parts extends readonly unknown[], Root> = Parts extends readonly [infer First, ...infer Rest]
  ? Both<Infer<First, Root>, All<Rest, Root>>
  : JsonValue;

type Writable<Value> = Value extends readonly unknown[] | { readonly [key: string]: unknown }
  ? { -readonly [Key in keyof Value]: Writable<Value[Key]> }
  : Value;

type Flat<Value> = { [Key in keyof Value]: Value[Key] };

/** `Value` while it is generated: any part may still be missing. */
export type Partially<Value> = Value extends (infer Item)[]
  ? Partially<Item>[]
  : Value extends object
    ? { [Key in keyof Value]?: Partially<Value[Key]> }
    : Value;
