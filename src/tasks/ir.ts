import type { JsonSchema } from "../types.js";
import type { TaskRequest } from "./task.js";

/** The types in an intermediate representation, independent of a language. */
export const IR_TYPES = [
  "integer",
  "number",
  "string",
  "boolean",
  "list of integer",
  "list of number",
  "list of string",
  "nothing",
] as const;

/** One of the types of an intermediate representation. */
export type IrType = (typeof IR_TYPES)[number];

/** What a function may do besides computing its result. */
export const IR_EFFECTS = [
  "changes its arguments",
  "input or output",
  "randomness",
  "clock",
  "raises",
] as const;

/** The intermediate representation of a function, before there is code. */
export interface FunctionIr {
  /** One sentence about the purpose of the function. */
  intent: string;
  /** Name, parameters and result. */
  signature: {
    name: string;
    parameters: { name: string; type: IrType }[];
    returns: IrType;
  };
  /** Empty for a pure function. */
  effects: (typeof IR_EFFECTS)[number][];
  /** Pre- and postconditions. */
  assertions: { kind: "before" | "after"; text: string }[];
}

const identifier = { type: "string", pattern: "^[a-z][a-z0-9_]{0,30}$" } as const;

/** JSON Schema (2020-12) of `FunctionIr`. */
export const irSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Function IR",
  description: "What one function is for, what goes in, what comes out, what else it does, what holds.",
  type: "object",
  properties: {
    intent: { description: "One sentence.", type: "string", minLength: 1, maxLength: 160 },
    signature: {
      type: "object",
      properties: {
        name: { description: "snake_case", ...identifier },
        parameters: {
          type: "array",
          maxItems: 5,
          items: {
            type: "object",
            properties: { name: identifier, type: { enum: [...IR_TYPES] } },
            required: ["name", "type"],
            additionalProperties: false,
          },
        },
        returns: { enum: [...IR_TYPES] },
      },
      required: ["name", "parameters", "returns"],
      additionalProperties: false,
    },
    effects: {
      description: "Empty for a pure function.",
      type: "array",
      maxItems: 3,
      items: { enum: [...IR_EFFECTS] },
    },
    assertions: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      items: {
        type: "object",
        properties: {
          kind: { enum: ["before", "after"] },
          text: { type: "string", minLength: 1, maxLength: 120 },
        },
        required: ["kind", "text"],
        additionalProperties: false,
      },
    },
  },
  required: ["intent", "signature", "effects", "assertions"],
  additionalProperties: false,
} as const satisfies JsonSchema;

const SYSTEM = `You describe functions as JSON before anyone writes code: every parameter the task names, in its order.
Example. Task: "Write a function negate that takes an integer value and returns it with the other sign."
{"intent":"Return an integer with the other sign.","signature":{"name":"negate","parameters":[{"name":"value","type":"integer"}],"returns":"integer"},"effects":[],"assertions":[{"kind":"after","text":"the result plus value is 0"}]}
Example. Task: "Write a function subtract that takes two numbers a and b and returns a minus b."
{"intent":"Return the difference of two numbers.","signature":{"name":"subtract","parameters":[{"name":"a","type":"number"},{"name":"b","type":"number"}],"returns":"number"},"effects":[],"assertions":[{"kind":"after","text":"the result plus b is a"}]}`;

/** Task `ir`: a prompt about a function -> its `FunctionIr`. */
export function irRequest(prompt: string): TaskRequest {
  return { system: SYSTEM, prompt: `Task: "${prompt}"`, schema: irSchema, maxTokens: 400 };
}

/** Whether a document has the parts of a `FunctionIr` that later steps need. */
export function isFunctionIr(value: unknown): value is FunctionIr {
  if (typeof value !== "object" || value === null) return false;
  const signature = (value as Partial<FunctionIr>).signature;
  return (
    typeof signature?.name === "string" &&
    IR_TYPES.includes(signature.returns) &&
    Array.isArray(signature.parameters) &&
    signature.parameters.every((p) => typeof p?.name === "string" && IR_TYPES.includes(p.type))
  );
}
