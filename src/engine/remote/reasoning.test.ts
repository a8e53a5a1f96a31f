import { afterEach, describe, expect, test } from "vitest";
import { events, json } from "../../client/testing/scriptedServer.js";
import type { ReasoningSettings } from "../engine.js";
import { REQUEST_FIELDS, type RemoteKind } from "../request/index.js";
import { bodyOf, PERSON, PIECES, serverWith } from "./testing/chatServer.js";
import { collect, completion, requestFor, TestEngines } from "./testing/wire.js";

const engines = new TestEngines();
afterEach(() => engines.close());

const FIELDS = [
  "chat_template_kwargs",
  "reasoning_effort",
  "thinking_token_budget",
  "thinking_budget_tokens",
  "reasoning",
];
const on = { chat_template_kwargs: { enable_thinking: true, thinking: true } };
const off = { chat_template_kwargs: { enable_thinking: false, thinking: false } };

/** The fields for reasoning among those that a server was sent. */
function sentFields(body: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => FIELDS.includes(name)));
}

describe("the caller's settings of reasoning", () => {
  const all: ReasoningSettings = { enabled: true, maxTokens: 9, effort: "low" };
  test.each<[kind: RemoteKind, reasoning: ReasoningSettings, sent: object, ignored?: string[]]>([
    ["vllm", all, { ...on, reasoning_effort: "low", thinking_token_budget: 9 }],
    ["vllm", { enabled: false, effort: "low" }, off],
    // Room is left for the document.
    ["vllm", { enabled: true }, { ...on, thinking_token_budget: 48 }],
    ["sglang", all, { ...on, reasoning_effort: "low" }, ["reasoning.max_tokens"]],
    ["sglang", { enabled: false }, off],
    ["llama-server", all, { ...on, reasoning_effort: "low", thinking_budget_tokens: 9 }],
    ["llama-server", { enabled: false }, off],
    ["openai", all, { reasoning_effort: "low" }, ["reasoning.max_tokens"]],
    ["openai", { enabled: true }, { reasoning_effort: "medium" }],
    ["openai", { enabled: false }, { reasoning_effort: "none" }],
  ])("reach %s: %j", async (kind, reasoning, sent, ignored) => {
    await using server = await serverWith(events(completion(PIECES)));
    const { result } = await collect(
      engines.at(server.url, kind).generate(requestFor(PERSON, { reasoning })),
    );
    expect(sentFields(bodyOf(server))).toEqual(sent);
    expect(result.ignored).toEqual(ignored);
  });

  test("are named where a kind of server does not support them", () => {
    // The same kinds as in the table above, which the server reads to name what it was asked for.
    const field = REQUEST_FIELDS["reasoning.maxTokens"];
    expect(field.engines).toEqual(["llama", "vllm", "llama-server", "formwork"]);
    for (const name of ["reasoning.enabled", "reasoning.effort"] as const)
      expect(REQUEST_FIELDS[name]).not.toHaveProperty("engines");
  });

  test("are not invented", async () => {
    for (const kind of ["vllm", "sglang", "llama-server", "openai"]) {
      await using server = await serverWith(events(completion(PIECES)));
      await collect(engines.at(server.url, kind).generate(requestFor(PERSON)));
      expect(sentFields(bodyOf(server))).toEqual({});
    }
  });

  const refusal = (message: string, param: string | null) =>
    json({ error: { message, type: "BadRequestError", param, code: 400 } }, 400);

  test("that a server rejects are left out and named", async () => {
    const message =
      "thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser.";
    await using server = await serverWith([refusal(message, null), events(completion(PIECES))]);
    const engine = engines.at(server.url);
    const asked = { reasoning: { enabled: true, maxTokens: 9 } };
    const { result } = await collect(engine.generate(requestFor(PERSON, asked)));
    expect(result).toMatchObject({ attempts: 1, ignored: ["reasoning.max_tokens"] });
    expect(sentFields(bodyOf(server, 1))).toEqual(on);
    // Once is enough, and a limit that nobody asked for is not missed.
    const later = await collect(engine.generate(requestFor(PERSON, { reasoning: { enabled: true } })));
    expect(later.result.ignored).toBeUndefined();
    expect(sentFields(bodyOf(server, 2))).toEqual(on);
  });

  test("are rejected by value where others are known", async () => {
    await using server = await serverWith([
      refusal("Unsupported value: 'max'", "reasoning_effort"),
      events(completion(PIECES)),
    ]);
    const engine = engines.at(server.url, "openai");
    const ask = async (effort: ReasoningSettings["effort"]) =>
      await collect(engine.generate(requestFor(PERSON, { reasoning: { enabled: true, effort } })));
    expect((await ask("max")).result.ignored).toEqual(["reasoning.effort"]);
    expect((await ask("low")).result.ignored).toBeUndefined();
    expect(sentFields(bodyOf(server, 2))).toEqual({ reasoning_effort: "low" });
  });
});

test("a setting of sampling that the server rejects is named", async () => {
  await using server = await serverWith([
    json({ error: { message: "Unsupported parameter", param: "temperature", code: 400 } }, 400),
    events(completion(PIECES)),
  ]);
  const { result } = await collect(engines.at(server.url, "openai").generate(requestFor(PERSON)));
  expect(result.ignored).toEqual(["temperature"]);
});

test("calls behind text are written without reasoning once more", async () => {
  const call = '{"reply":{"calls":[{"name":"time","arguments":{}}]}}';
  await using server = await serverWith([
    events(completion(["Well. <tool_call>"])),
    events(completion([call])),
  ]);
  const tools = [{ name: "time", parameters: '{"type":"object","properties":{}}' }];
  const request = requestFor(true, {
    format: { kind: "text" },
    tools: { tools, choice: "auto", parallel: true },
    reasoning: { enabled: true, effort: "high" },
  });
  const { result } = await collect(engines.at(server.url).generate(request));
  expect(result.toolCalls).toMatchObject([{ name: "time" }]);
  expect(sentFields(bodyOf(server, 0))).toMatchObject(on);
  expect(sentFields(bodyOf(server, 1))).toEqual(off);
});
