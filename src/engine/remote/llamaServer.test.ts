import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatMessage, JsonSchema, Tool } from "../../types.js";
import type { Engine, OutputFormat } from "../engine.js";
import { validateDocument } from "../validate/index.js";
import { createRemoteEngine } from "./index.js";
import { type LlamaServer, startLlamaServer } from "./testing/llamaServer.js";
import { collect, requestFor } from "./testing/wire.js";

/** Against a real llama-server with the default model. */

const PERSON = {
  type: "object",
  properties: { name: { type: "string", maxLength: 40 }, age: { type: "integer", minimum: 0, maximum: 120 } },
  required: ["name", "age"],
  additionalProperties: false,
};

const SCHEMAS: [string, JsonSchema][] = [
  ["what it enforces", PERSON],
  [
    "alternatives",
    {
      anyOf: [
        PERSON,
        {
          type: "object",
          properties: { error: { type: "string", maxLength: 20 } },
          required: ["error"],
          additionalProperties: false,
        },
      ],
    },
  ],
  [
    "allOf",
    {
      allOf: [
        { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
        { properties: { b: { enum: ["x", "y"] } }, required: ["b"] },
      ],
    },
  ],
  [
    "recursion",
    {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: {
            name: { type: "string", maxLength: 10 },
            children: { type: "array", items: { $ref: "#/$defs/node" }, maxItems: 1 },
          },
          required: ["name"],
          additionalProperties: false,
        },
      },
    },
  ],
  [
    "a pattern",
    {
      type: "object",
      properties: { code: { type: "string", pattern: "^[A-Z]{2}-[0-9]{3}$" } },
      required: ["code"],
      additionalProperties: false,
    },
  ],
  [
    "exactly one",
    {
      type: "object",
      oneOf: [
        { properties: { cat: { type: "boolean" } }, required: ["cat"] },
        { properties: { dog: { type: "boolean" } }, required: ["dog"] },
      ],
    },
  ],
  [
    "what it does not know: multipleOf",
    {
      type: "object",
      properties: { n: { type: "integer", multipleOf: 1, minimum: 1, maximum: 9 } },
      required: ["n"],
      additionalProperties: false,
    },
  ],
  [
    "what it does not know: uniqueItems",
    { type: "array", items: { enum: ["red", "green", "blue"] }, minItems: 1, maxItems: 1, uniqueItems: true },
  ],
];

let server: LlamaServer;
let engine: Engine;

beforeAll(async () => {
  server = await startLlamaServer();
  engine = createRemoteEngine(`llama-server=${server.url}`, { apiKey: server.apiKey });
}, 300_000);

afterAll(async () => {
  await engine?.close();
  await server?.kill();
});

test("warm-up runs a real inference", async () => {
  expect(engine.status().state).toBe("idle");
  const report = await engine.warmup();
  expect(report).toMatchObject({
    model: "small",
    stages: { connect: expect.any(Number), warmup: expect.any(Number) },
  });
  expect(engine.status()).toMatchObject({ state: "ready", model: "small", modelLoaded: true });
});

describe("documents", () => {
  test.each(SCHEMAS)("%s", async (_what, schema) => {
    const request = requestFor(schema, {
      messages: [{ role: "user", content: "Ada Lovelace, 36 years old" }],
      maxTokens: 120,
      sampling: { temperature: 0.7, topP: 0.95, topK: 0, minP: 0, repetitionPenalty: 1, seed: 11 },
    });
    const { result, deltas } = await collect(engine.generate(request));
    expect(await validateDocument(schema, result.text)).toMatchObject({ valid: true });
    expect(deltas.join("")).toBe(result.text);
    expect(result.usage.promptTokens).toBeGreaterThan(10);
    expect(result.usage.completionTokens).toBeGreaterThan(0);
  });

  test("text comes as it is written, and is the document", async () => {
    const { result, deltas } = await collect(engine.generate(requestFor(PERSON, { incremental: true })));
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.join("")).toBe(result.text);
    expect(result).toMatchObject({ model: "small", attempts: 1 });
  });

  test("a budget that cuts it still gives a whole document", async () => {
    const { result } = await collect(engine.generate(requestFor(PERSON, { maxTokens: 4 })));
    expect(result.finishReason).toBe("length");
    expect(await validateDocument(PERSON, result.output)).toMatchObject({ valid: true });
    expect(result.usage.completionTokens).toBeLessThanOrEqual(4);
  });

  test("the same seed gives the same document", async () => {
    const request = requestFor(PERSON, {
      sampling: { temperature: 1, topP: 0.95, topK: 40, minP: 0, repetitionPenalty: 1, seed: 5 },
    });
    const first = await collect(engine.generate(request));
    const second = await collect(engine.generate(request));
    expect(second.result.text).toBe(first.result.text);
  });
});

describe("what it is asked for in an envelope", () => {
  const TOOL: Tool = {
    name: "write_down",
    description: "Writes a person down.",
    parameters: JSON.stringify(PERSON),
  };

  test.each(["auto", "required", { name: "write_down" }] as const)("tools, %j", async (choice) => {
    for (const incremental of [false, true]) {
      const { result, events } = await collect(
        engine.generate(
          requestFor(true, {
            messages: [{ role: "user", content: "Write down Ada, who is 36." }],
            format: { kind: "text" },
            tools: { tools: [TOOL, { ...TOOL, name: "strike_out" }], choice, parallel: false },
            maxTokens: 100,
            sampling: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 3 },
            incremental,
          }),
        ),
      );
      const { toolCalls = [], text, finishReason } = result;
      if (choice !== "auto") expect(toolCalls).toHaveLength(1);
      expect(finishReason === "tool_calls").toBe(toolCalls.length > 0);
      for (const call of toolCalls)
        expect(await validateDocument(PERSON, call.arguments)).toMatchObject({ valid: true });
      const written = events.map((event) =>
        event.type === "toolArguments" || event.type === "delta" ? event.text : "",
      );
      expect(written.join("")).toBe(text + toolCalls.map((call) => call.arguments).join(""));
    }
  });

  /** `<tool_response>` becomes `<tool_call>` without this token of the small model, which imitates its prompt. */
  const RESPONSE = 7639;

  test.each([
    ["text only", "", 1, 0],
    ["a call", "", 1, 1],
    ["text and calls", "At once.", 2, 1],
  ])("tools, auto: %s, whole and streamed", async (_what, text, calls, least) => {
    const turn = (first: number): ChatMessage[] => [
      { role: "user", content: `Write down ${calls} people from number ${first} on.` },
      {
        role: "assistant",
        content: text,
        toolCalls: Array.from({ length: calls }, (_, at) => ({
          id: `${at}`,
          name: "write_down",
          arguments: JSON.stringify({ name: `Person ${first + at}`, age: first + at }),
        })),
      },
      { role: "tool", content: "done", toolCallId: "0" },
    ];
    const history: ChatMessage[] = least === 0 ? [] : [...turn(11), ...turn(31), ...turn(51)];
    for (const incremental of [false, true]) {
      const { result, events } = await collect(
        engine.generate(
          requestFor(true, {
            messages: [
              ...history,
              { role: "user", content: `Write down ${calls} people from number 71 on.` },
            ],
            format: { kind: "text" },
            tools: { tools: [TOOL], choice: "auto", parallel: calls > 1 },
            maxTokens: least === 0 ? 30 : 150,
            sampling: {
              ...requestFor(true).sampling,
              ...(least === 0 ? {} : { logitBias: { [RESPONSE]: -100 } }),
            },
            incremental,
          }),
        ),
      );
      const { toolCalls = [], finishReason } = result;
      expect(toolCalls.length).toBeGreaterThanOrEqual(least);
      expect(toolCalls.length).toBeLessThanOrEqual(least * calls);
      expect(finishReason === "tool_calls").toBe(toolCalls.length > 0);
      if (least > 0) expect(result.text).toBe(text);
      for (const call of toolCalls)
        expect(await validateDocument(PERSON, call.arguments)).toMatchObject({ valid: true });
      const written = events.map((event) =>
        event.type === "toolArguments" || event.type === "delta" ? event.text : "",
      );
      expect(written.join("")).toBe(result.text + toolCalls.map((call) => call.arguments).join(""));
    }
  });

  test.each<OutputFormat>([
    { kind: "choice", choices: ["blue", "red", 'a "quoted" one'] },
    { kind: "regex", pattern: "[A-Z]{2}-[0-9]{3}" },
  ])("text held to a $kind", async (format) => {
    const { result } = await collect(engine.generate(requestFor(true, { format, incremental: true })));
    if (format.kind === "choice") expect(format.choices).toContain(result.text);
    else expect(result.text).toMatch(/^[A-Z]{2}-[0-9]{3}$/);
  });
});

test("leaving stops the server's work", async () => {
  const long = { type: "string", minLength: 400, maxLength: 500 };
  for await (const event of engine.generate(requestFor(long, { maxTokens: 1_000, incremental: true }))) {
    if (event.type === "delta") break;
  }
  await expect.poll(() => server.busySlots(), { timeout: 20_000 }).toBe(0);
});

test("a prompt that does not fit and a wrong key are told as such", async () => {
  const messages = [{ role: "user", content: "word ".repeat(6_000) }] as const;
  await expect(collect(engine.generate(requestFor(PERSON, { messages })))).rejects.toMatchObject({
    code: "prompt_too_long",
  });
  const stranger = createRemoteEngine(`llama-server=${server.url}`, { apiKey: "expired" });
  await expect(collect(stranger.generate(requestFor(PERSON)))).rejects.toMatchObject({
    code: "model_unavailable",
  });
  await stranger.close();
});

test("a server that is killed in the middle of a document: an error, and no second try", async () => {
  const request = requestFor(
    { type: "string", minLength: 400, maxLength: 500 },
    { maxTokens: 1_000, incremental: true },
  );
  const run = async () => {
    for await (const event of engine.generate(request)) {
      if (event.type === "delta") await server.kill();
    }
  };
  await expect(run()).rejects.toMatchObject({ code: "upstream_error" });
});
