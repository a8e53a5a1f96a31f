import {
  boolean,
  count,
  jsonSchema,
  object,
  open,
  type Shape,
  string,
  strings,
} from "../../openapi/shapes.js";

const named = open({ name: string, description: string, schema: jsonSchema, strict: boolean }, ["schema"]);

/** The fields for the answer's format, by wire name. */
export const formatShapes: Record<string, Shape> = {
  response_format: open(
    {
      type: { enum: ["text", "json_object", "json_schema"] },
      json_schema: named,
      schema: jsonSchema,
      response_schema: jsonSchema,
    },
    ["type"],
  ),
  json_schema: jsonSchema,
  "structured_outputs.json": jsonSchema,
  "structured_outputs.regex": string,
  "structured_outputs.choice": { ...strings, minItems: 1 },
  "structured_outputs.json_object": boolean,
  guided_json: jsonSchema,
  guided_regex: string,
  regex: string,
  guided_choice: { ...strings, minItems: 1 },
};

export const openaiFinishShapes: Record<string, Shape> = {
  finish_reason: { enum: ["stop", "length", "tool_calls", "function_call"] },
  closed_early: {
    const: true,
    description:
      "The budget was near, so the document was closed early; it is whole, and `finish_reason` is `stop`.",
  },
};

export const openaiUsageShape = object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: object({ cached_tokens: count }),
  completion_tokens_details: object({ reasoning_tokens: count, forced_tokens: count }),
});
