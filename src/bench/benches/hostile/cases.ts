import type { JsonSchema } from "../../../types.js";

/**
 * Schemas that are small or look ordinary but are expensive for a constraint engine, by name. There are some for each kind of cost:
 * combinatorial (alternatives, references, negations), counting (bounds of length and number), exploding automata (patterns), and
 * sheer size (texts, enumerations, properties). A server must withstand `scale` 1.
 */
export function hostileSchemas(scale = 1): Record<string, JsonSchema> {
  return { ...multiplying(scale), ...counting(scale), ...patterns(scale), ...large(scale), ...recursive() };
}

type Schema = Record<string, unknown>;

function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: Math.max(1, Math.round(count)) }, (_, index) => make(index));
}

function members(count: number, make: (index: number) => [string, unknown]): Schema {
  return Object.fromEntries(times(count, make));
}

/** A chain of `$defs`, each with references to the previous one. */
function ladder(height: number, ground: Schema, step: (below: Schema, index: number) => Schema): Schema {
  const $defs: Schema = { step0: ground };
  for (let i = 1; i <= height; i++) $defs[`step${i}`] = step({ $ref: `#/$defs/step${i - 1}` }, i);
  return { $ref: `#/$defs/step${height}`, $defs };
}

/** `depth` nested schemas. */
function nested(depth: number, innermost: Schema, around: (inner: Schema, index: number) => Schema): Schema {
  let schema = innermost;
  for (let i = 0; i < depth; i++) schema = around(schema, i);
  return schema;
}

const named = (name: string, value: Schema = {}): Schema => ({
  properties: { [name]: value },
  required: [name],
});

function multiplying(scale: number): Record<string, JsonSchema> {
  return {
    "alternatives, each or its list, 18 times": ladder(18 * scale, { type: "string" }, (below) => ({
      anyOf: [below, { type: "array", items: below }],
    })),
    "25 choices of 4 that hold together": {
      allOf: times(25 * scale, (i) => ({ anyOf: times(4, (j) => named(`member${i}`, { const: j })) })),
    },
    "exactly one of 80 overlapping objects": {
      oneOf: times(80 * scale, (i) => ({ type: "object", ...named(`key${i}`, { type: "number" }) })),
    },
    "doubling conjunctions, 22 times": ladder(22 * scale, { minimum: 3 }, (below) => ({
      allOf: [below, below],
    })),
    "doubling objects, 30 times": ladder(30 * scale, { type: "null" }, (below) => ({
      type: "object",
      properties: { left: below, right: below },
      required: ["left", "right"],
    })),
    "doubling tuples, 60 times": ladder(60 * scale, { type: "boolean" }, (below) => ({
      type: "array",
      prefixItems: [below, below],
      minItems: 2,
    })),
    "300 negations": nested(300 * scale, { type: "integer" }, (inner) => ({ not: inner })),
    "150 conditions": nested(150 * scale, { type: "string" }, (inner, i) => ({
      if: named(`flag${i}`),
      then: inner,
      else: { type: ["string", "object"] },
    })),
    "20 dependent schemas": {
      type: "object",
      dependentSchemas: members(20 * scale, (i) => [`switch${i}`, named(`lamp${i}`, { const: true })]),
    },
    "400 branches, unevaluated members closed": {
      type: "object",
      anyOf: times(400 * scale, (i) => named(`branch${i}`, { type: "boolean" })),
      unevaluatedProperties: false,
    },
    "12 lists contained in one": {
      type: "array",
      allOf: times(12 * scale, (i) => ({ contains: { type: "object", ...named(`kind${i}`) } })),
    },
  };
}

function counting(scale: number): Record<string, JsonSchema> {
  return {
    "a hundred million items": { type: "array", items: { type: "boolean" }, minItems: 1e8 * scale },
    "50,000 items": { type: "array", items: { type: "number" }, minItems: 5e4 * scale },
    "160 million characters": { type: "string", minLength: 1.6e8 * scale },
    "100 to 400 characters": { type: "string", minLength: 100 * scale, maxLength: 400 * scale },
    "20,000 characters of words": { type: "string", minLength: 2e4 * scale, pattern: "^(?:[a-z]+ )+$" },
    "3,000 members of any name": { type: "object", minProperties: 3000 * scale },
    "600 members of two letters": {
      type: "object",
      patternProperties: { "^[a-z]{1,2}$": { type: "boolean" } },
      additionalProperties: false,
      minProperties: 600 * scale,
    },
    "400 different texts of nine": {
      type: "array",
      items: { type: "string", pattern: "^[xy]{9}$" },
      uniqueItems: true,
      minItems: 400 * scale,
    },
    "more different texts than there are": {
      type: "array",
      items: { type: "string", pattern: "^[xy]{7}$" },
      uniqueItems: true,
      minItems: 129,
    },
    "a billion times contained": { type: "array", contains: { const: true }, minContains: 1e9 * scale },
    "names of 1,000 characters": {
      type: "object",
      propertyNames: { minLength: 1000 * scale },
      minProperties: 1,
    },
    "a multiple of a tiny number": { type: "number", multipleOf: 1e-200 },
    "a narrow band far out": { type: "number", multipleOf: 1e-14, minimum: 1e14, maximum: 1e14 + 2 },
  };
}

function patterns(scale: number): Record<string, JsonSchema> {
  const text = (pattern: string): Schema => ({ type: "string", pattern });
  const letter = (i: number) => String.fromCharCode(97 + (i % 26));
  return {
    "a letter 13 before the end": text("^(p|q)*p(p|q|r){13}$"),
    "a letter 25 before the end": text("^(p|q)*p(p|q){25}$"),
    "anything 400 before the end": text(`k.{${400 * scale}}$`),
    "counts of counts of counts": text("^((m{1,90}n?){1,90}o?){1,90}$"),
    "a million times one letter": text(`^w{${1e6 * scale}}$`),
    "15 looks ahead": text(`^${times(15 * scale, (i) => `(?=.*${letter(i)}.{${i}}!)`).join("")}.*$`),
    "10 negative looks ahead": text(`^${times(10 * scale, (i) => `(?!.*${letter(i)}.*_)`).join("")}.*$`),
    "25 patterns at once": {
      type: "string",
      allOf: times(25 * scale, (i) => ({ pattern: `${letter(i)}.{${i + 1}}` })),
    },
    "not a pattern": { type: "string", not: { pattern: "(p|q)*p(p|q){16}" } },
    "none of six formats": {
      type: "string",
      allOf: ["date-time", "email", "hostname", "uri", "uuid", "ipv6"].map((format) => ({ not: { format } })),
    },
    "an international address of 250": {
      type: "string",
      format: "idn-email",
      minLength: 250,
      maxLength: 260,
    },
    "60 classes of letters": text(
      `^(?:${times(60 * scale, (i) => `[\\p{L}\\p{N}\\u{${(0x3400 + 31 * i).toString(16)}}]`).join("|")})*\\p{Lu}.{9}$`,
    ),
    "250 overlapping name patterns": {
      type: "object",
      patternProperties: members(250 * scale, (i) => [`n${i}.*m${i}`, { type: "integer", maximum: i }]),
    },
    "runaway for backtracking": {
      enum: [`${"b".repeat(50)}!`, "bc"],
      pattern: "^(?:(?:b|bb)+c|b+!)$",
    },
  };
}

function large(scale: number): Record<string, JsonSchema> {
  return {
    "80,000 numbers": { enum: times(8e4 * scale, (i) => 3 * i) },
    "15,000 objects": { enum: times(15e3 * scale, (i) => ({ id: i, label: `label ${i}` })) },
    "a text of a megabyte": { const: "word ".repeat(2e5 * scale) },
    "8,000 required members": {
      type: "object",
      properties: members(8e3 * scale, (i) => [`field_${i}`, { type: "boolean" }]),
      required: times(8e3 * scale, (i) => `field_${i}`),
    },
    "8,000 name patterns": {
      type: "object",
      patternProperties: members(8e3 * scale, (i) => [`^f${i}-.*$`, { type: "boolean" }]),
    },
    "a description of two megabytes": {
      type: "object",
      description: "many words ".repeat(2e5 * scale),
      properties: { done: { type: "boolean" } },
      required: ["done"],
    },
    "a name of 400,000 characters": named("x".repeat(4e5 * scale), { type: "null" }),
    "20 definitions that all refer to all": {
      $ref: "#/$defs/type0",
      $defs: members(20, (i) => [
        `type${i}`,
        { type: "object", properties: members(20, (j) => [`to${j}`, { $ref: `#/$defs/type${j}` }]) },
      ]),
    },
    "lists 450 deep": nested(450, { type: "boolean" }, (inner) => ({
      type: "array",
      items: inner,
      minItems: 1,
    })),
  };
}

function recursive(): Record<string, JsonSchema> {
  return {
    "a reference to itself": { $ref: "#" },
    "two references to each other": {
      $ref: "#/$defs/one",
      $defs: { one: { $ref: "#/$defs/two" }, two: { $ref: "#/$defs/one" } },
    },
    "itself, and nothing unevaluated": {
      $defs: { self: { $ref: "#/$defs/self", unevaluatedProperties: false } },
      $ref: "#/$defs/self",
    },
    "an object that needs itself": {
      type: "object",
      properties: { next: { $ref: "#" } },
      required: ["next"],
    },
    "dependencies in a circle": {
      type: "object",
      dependentSchemas: members(40, (i) => [
        `p${i}`,
        { required: [`p${(i + 1) % 40}`], dependentSchemas: { [`p${(i + 3) % 40}`]: { $ref: "#" } } },
      ]),
    },
  };
}
