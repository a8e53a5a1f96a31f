import type { FormworkError } from "../../errors.js";
import { isRecord, pointerTo, toSchemaText } from "../../json/index.js";
import type { JsonSchema, JsonValue, SchemaText } from "../../types.js";
import { ClientError } from "../errors.js";
import type { FromSchema } from "./infer.js";
import type { StandardIssue, StandardSchema } from "./standard.js";

/** A JSON Schema with the caller's check: a function that returns the typed value or throws, or a Standard Schema. */
export interface CheckedSchema<Output = unknown> {
  /** The schema that is sent to the server. */
  schema: JsonSchema | SchemaText;
  /** Checks and converts the finished document. */
  validate: ((value: JsonValue) => Output | Promise<Output>) | StandardSchema<unknown, Output>;
}

/** Accepted schemas: a JSON Schema or its JSON text, a Standard Schema that converts to JSON Schema, or a JSON Schema with a check. */
export type SchemaInput = boolean | object | SchemaText;

/** The type of `output` for a given `schema`. */
export type OutputOf<Schema> = Schema extends SchemaText
  ? JsonValue
  : Schema extends StandardSchema<infer _Input, infer Output>
    ? Output
    : Schema extends { schema: unknown; validate: StandardSchema<infer _Input, infer Output> }
      ? Output
      : Schema extends { schema: unknown; validate: (value: never) => infer Output }
        ? Awaited<Output>
        : FromSchema<Schema>;

export interface PreparedSchema {
  /** The schema that is sent to the server. */
  schema: SchemaText;
  /** Runs the caller's check and conversion. Throws `ClientError("invalid_output")`. */
  finish(output: JsonValue): Promise<unknown>;
}

/** Converts a schema to JSON Schema. Throws `ClientError("invalid_schema")` if that is impossible. */
export function prepareSchema(input: SchemaInput): PreparedSchema {
  if (isStandard(input)) {
    return { schema: textOf(convert(input)), finish: (output) => validateWith(input, output) };
  }
  if (isChecked(input)) {
    const { validate } = input;
    const schema = textOf(input.schema);
    if (isStandard(validate)) return { schema, finish: (output) => validateWith(validate, output) };
    return { schema, finish: (output) => validateBy(validate, output) };
  }
  return { schema: textOf(input as JsonSchema | SchemaText), finish: async (output) => output };
}

function textOf(schema: JsonSchema | SchemaText): SchemaText {
  try {
    return toSchemaText(schema);
  } catch (cause) {
    throw new ClientError("invalid_schema", (cause as FormworkError).message, { cause });
  }
}

function isStandard(value: unknown): value is StandardSchema {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

function isChecked(value: SchemaInput): value is CheckedSchema {
  if (typeof value !== "object" || !("schema" in value) || !("validate" in value)) return false;
  return typeof value.validate === "function" || isStandard(value.validate);
}

function convert(schema: StandardSchema): JsonSchema {
  const { vendor, jsonSchema } = schema["~standard"];
  if (jsonSchema === undefined) {
    throw new ClientError(
      "invalid_schema",
      `This ${vendor} schema does not convert itself to JSON Schema. ` +
        "Pass { schema: <its JSON Schema>, validate: <the schema> } instead.",
    );
  }
  try {
    const converted = jsonSchema.input({ target: "draft-2020-12" });
    return vendor === "zod" ? closeObjects(converted) : converted;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("invalid_schema", `This ${vendor} schema has no JSON Schema: ${reason}`, { cause });
  }
}

/**
 * Closes objects whose JSON Schema permits undeclared keys: Zod would drop such keys, so generating them wastes tokens. Objects
 * in an `allOf` stay open, since each branch would forbid the keys of the others.
 */
function closeObjects(schema: Record<string, unknown>): JsonSchema {
  if (JSON.stringify(schema).includes('"allOf":')) return schema;
  return JSON.parse(
    JSON.stringify(schema, (_key, value) =>
      value?.type === "object" && isRecord(value.properties) && value.additionalProperties === undefined
        ? { ...value, additionalProperties: false }
        : value,
    ),
  );
}

async function validateWith(schema: StandardSchema, output: JsonValue): Promise<unknown> {
  const result = await schema["~standard"].validate(output);
  if (result.issues === undefined) return result.value;
  const first = result.issues[0];
  const pointer = pointerOf(first?.path);
  throw new ClientError(
    "invalid_output",
    `The document fits the JSON Schema, but your ${schema["~standard"].vendor} schema rejects it` +
      `${pointer === "" ? "" : ` at ${pointer}`}: ${first?.message ?? "no reason given"}`,
    { pointer },
  );
}

async function validateBy(validate: (value: JsonValue) => unknown, output: JsonValue): Promise<unknown> {
  try {
    return await validate(output);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("invalid_output", `Your check rejects the document: ${reason}`, { cause });
  }
}

function pointerOf(path: StandardIssue["path"]): string {
  return (path ?? [])
    .map((step) => (typeof step === "object" ? step.key : step))
    .map((key) => pointerTo("", String(key)))
    .join("");
}
