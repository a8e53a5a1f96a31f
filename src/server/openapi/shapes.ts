/** Building blocks of the schemas of several routes. */
export type Shape = Record<string, unknown>;

export const string = { type: "string" };
export const boolean = { type: "boolean" };
export const count = { type: "integer", minimum: 0 };
export const milliseconds = { type: "number", minimum: 0, description: "Milliseconds." };
export const strings = { type: "array", items: string };
export const reference = (name: string): Shape => ({ $ref: `#/components/schemas/${name}` });
export const list = (items: Shape): Shape => ({ type: "array", items });

/** An object with all members required, except those in `optional`; others are permitted. */
export function object(properties: Shape, optional: readonly string[] = []): Shape {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}

/** An object with all members optional, except those in `required`. */
export function open(properties: Shape, required: readonly string[] = []): Shape {
  return { type: "object", properties, ...(required.length > 0 && { required: [...required] }) };
}

export const jsonSchema = {
  anyOf: [{ type: ["object", "boolean"] }, { type: "string", description: "The JSON text of one." }],
  description: "JSON Schema of any draft from 4 to 2020-12; `$schema` names it, 2020-12 otherwise.",
};

export const ignored = { ...strings, description: "Members of the request that had no effect." };

export const textContent = {
  anyOf: [string, { type: "null" }, list(open({ type: string, text: string, refusal: string }))],
};

/** A message of a conversation in the format of OpenAI's chat API. */
export const message = open(
  {
    role: { enum: ["system", "developer", "user", "assistant", "tool", "function"] },
    content: textContent,
    name: string,
    tool_calls: list(
      open(
        {
          id: string,
          type: string,
          function: open({ name: string, arguments: { type: ["string", "object"] } }),
          custom: open({ name: string, input: string }),
        },
        ["id"],
      ),
    ),
    tool_call_id: string,
    reasoning_content: string,
  },
  ["role"],
);
export const messages = { type: "array", minItems: 1, items: message };

const functionShape = open({ name: string, description: string, parameters: jsonSchema, strict: boolean }, [
  "name",
]);
export const tools = list(
  open({ type: { const: "function" }, function: functionShape, ...(functionShape["properties"] as Shape) }),
);

const customFormat = {
  ...open({ type: { enum: ["text", "grammar"] } }, ["type"]),
  description: "`text`, or `grammar` with `syntax` `regex` and the pattern as `definition`.",
};
const customShape = open({ name: string, description: string, format: customFormat }, ["name"]);
/** Functions, and custom tools, whose input is a text. */
export const toolsAndCustom = list({
  anyOf: [
    tools["items"],
    open({ type: { const: "custom" }, custom: customShape, ...(customShape["properties"] as Shape) }, [
      "type",
    ]),
  ],
});
export const toolChoice = {
  anyOf: [{ enum: ["auto", "none", "required", "any"] }, open({ type: string, name: string })],
};

const topLogprobs = list(
  open({ token: string, bytes: list(count), logprob: { type: "number" }, allowed: boolean }),
);

export const logprob = open(
  {
    token: string,
    bytes: list(count),
    logprob: { type: "number" },
    masked_logprob: { type: "number", description: "Of what the mask left; 0 for a forced token." },
    forced: boolean,
    top_logprobs: topLogprobs,
  },
  ["token", "logprob"],
);

/** The tokens of one step. */
export const traceStep = object({
  at_ms: milliseconds,
  tokens: list(
    object(
      {
        text: string,
        origin: {
          enum: ["sampled", "changed", "forced", "closed"],
          description:
            "`changed`: sampled, but the token the model held most probable was not allowed. `forced`: nothing else was possible. `closed`: written to end the document within the budget.",
        },
        logprob: { type: "number" },
        masked_logprob: { type: "number" },
        top_logprobs: topLogprobs,
      },
      ["logprob", "masked_logprob", "top_logprobs"],
    ),
  ),
});
