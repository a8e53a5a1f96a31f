import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEngine } from "../engine/index.js";
import { defaultModelPath } from "../models/testing/defaultModel.js";
import { createApp } from "./app.js";
import { serverConfig } from "./config.js";
import { createLog } from "./log.js";
import { answersIn, type Choice, DIALECTS, type Dialect, type Turn } from "./testing/dialects.js";

// Whole conversations with the real model: three turns of tools, each answered from what the client was given, then a
// document. Whole and streamed, on every surface that has tools.

const engine = createEngine({ threads: 1, maxSequences: 4 });
const app = createApp({ engine, config: serverConfig({}), log: createLog("silent") });
beforeAll(async () => void (await defaultModelPath()));
afterAll(() => engine.close());

const parameters = {
  type: "object",
  properties: { city: { enum: ["Oslo", "Rome"] }, day: { type: "integer", minimum: 1, maximum: 7 } },
  required: ["city", "day"],
  additionalProperties: false,
};
const report = {
  type: "object",
  properties: {
    city: { type: "string", maxLength: 20 },
    degrees: { type: "integer", minimum: -60, maximum: 60 },
    advice: { type: "array", items: { enum: ["umbrella", "coat", "sunglasses"] }, maxItems: 2 },
  },
  required: ["city", "degrees"],
  additionalProperties: false,
};
const tools = ["weather", "wind", "tide"].map((name) => ({
  name,
  description: `The ${name} in a city`,
  parameters,
}));
const isCall = new Ajv2020().compile(parameters);
const isReport = new Ajv2020().compile(report);

/** One tool by name, one of all, then several at once. */
const TOOL_TURNS: readonly [choice: Choice, parallel: boolean][] = [
  [{ name: "weather" }, false],
  ["required", false],
  ["required", true],
];

async function say(dialect: Dialect, turns: readonly Turn[], members: object, stream: boolean, seed: number) {
  const settings = dialect.settings({ seed, stream, maxTokens: 150 });
  const response = await app.request(dialect.path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...dialect.conversation(turns), ...members, ...settings }),
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get("x-formwork-ignored")).toBeNull();
  return answersIn(dialect, text, stream)[0];
}

async function converse(dialect: Dialect, stream: boolean, seed: number) {
  const turns: Turn[] = [{ from: "user", text: "What is the weather in Oslo on day 3, and the wind there?" }];
  for (const [choice, parallel] of TOOL_TURNS) {
    const said = await say(dialect, turns, dialect.tools?.(tools, choice, parallel) ?? {}, stream, seed);
    turns.push({ from: "assistant", said });
    for (const call of said.calls) {
      expect(isCall(JSON.parse(call.arguments)), call.arguments).toBe(true);
      turns.push({ from: "tool", call, text: '{"degrees": 21, "sky": "clear"}' });
    }
    const names = said.calls.map(({ name }) => name);
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    if (typeof choice === "object") expect(names).toEqual([choice.name]);
    expect(names.length, "calls").toBeGreaterThan(0);
    if (!parallel) expect(names).toHaveLength(1);
  }
  turns.push({ from: "user", text: "Write the report." });
  const held = { ...dialect.tools?.(tools, "none"), ...dialect.document(report) };
  const { text, calls } = await say(dialect, turns, held, stream, seed);
  expect(calls).toEqual([]);
  expect(isReport(JSON.parse(text)), text).toBe(true);
}

const { generate, chat, responses, messages, ollamaChat } = DIALECTS;

test.each([generate, chat, responses, messages, ollamaChat].map((dialect, seed) => ({ ...dialect, seed })))(
  "$path: three turns of tools and a document, whole and streamed",
  async ({ seed, ...dialect }) => {
    await Promise.all([converse(dialect, false, seed), converse(dialect, true, seed)]);
  },
  120_000,
);
