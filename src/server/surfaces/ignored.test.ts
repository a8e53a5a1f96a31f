import { describe, expect, test } from "vitest";
import { testApp } from "../testing/app.js";
import type { FakeEngineOptions } from "../testing/fakeEngine.js";

/** What has no effect is named as the caller spelled it, in the header and in the answer; limits of other models are lowered. */

const user = { role: "user", content: "Ada" };
const LIMIT = 300;

async function send(path: string, body: object, options: FakeEngineOptions = {}) {
  const { post, engine } = testApp({ text: "Hello", ...options }, { maxTokensLimit: LIMIT });
  const content = /responses/.test(path)
    ? { input: "Ada" }
    : /completions$|generate$/.test(path) && !path.includes("chat")
      ? { prompt: "Ada" }
      : { messages: [user] };
  const response = await post(path, { ...content, stream: false, ...body });
  const answer = (await response.json()) as { ignored?: string[]; pointer?: string };
  const header = response.headers.get("x-formwork-ignored");
  return { status: response.status, answer, header, request: engine.requests[0] };
}

describe("a limit of tokens", () => {
  const NAMES: [path: string, member: string, body: (count: number) => object][] = [
    ["/v1/chat/completions", "max_tokens", (max_tokens) => ({ max_tokens })],
    ["/v1/chat/completions", "max_completion_tokens", (max_completion_tokens) => ({ max_completion_tokens })],
    ["/v1/chat/completions", "n_predict", (n_predict) => ({ n_predict })],
    ["/v1/completions", "max_tokens", (max_tokens) => ({ max_tokens })],
    ["/v1/responses", "max_output_tokens", (max_output_tokens) => ({ max_output_tokens })],
    ["/v1/messages", "max_tokens", (max_tokens) => ({ max_tokens })],
    ["/api/chat", "options.num_predict", (num_predict) => ({ options: { num_predict } })],
    ["/api/generate", "options.num_predict", (num_predict) => ({ options: { num_predict } })],
  ];

  test.each(NAMES)("%s: %s above the server's is lowered to it and named", async (path, member, body) => {
    for (const count of [LIMIT + 1, 64_000, 128_000, 2 ** 40]) {
      const { status, answer, header, request } = await send(path, body(count));
      expect(status, JSON.stringify(answer)).toBe(200);
      expect(request.maxTokens).toBe(LIMIT);
      expect(answer.ignored).toEqual([member]);
      expect(header).toBe(member);
    }
    const { answer, header, request } = await send(path, body(LIMIT));
    expect([answer.ignored, header, request.maxTokens]).toEqual([undefined, null, LIMIT]);
  });

  test.each(NAMES)(
    "%s: %s of -1 and -2 is the server's, and nothing is named",
    async (path, _member, body) => {
      for (const count of [-1, -2]) {
        const { answer, request } = await send(path, body(count));
        expect([answer.ignored, request?.maxTokens], JSON.stringify(answer)).toEqual([undefined, LIMIT]);
      }
    },
  );

  test.each(NAMES)("%s: %s that is no count is rejected", async (path, member, body) => {
    for (const count of [0, -3, 1.5, 64_000.5]) {
      const { status, answer } = await send(path, body(count));
      expect(status).toBe(400);
      expect(answer.pointer).toBe(`/${member.replace(".", "/")}`);
    }
  });

  test("is kept to on /generate", async () => {
    const { status, answer } = await send("/generate", { schema: true, max_tokens: LIMIT + 1 });
    expect([status, answer.pointer]).toEqual([400, "/max_tokens"]);
    const { request } = await send("/generate", { schema: true, max_tokens: -1 }, { text: "1" });
    expect(request.maxTokens).toBe(LIMIT);
  });
});

describe("what the engine ignored is named as it was sent", () => {
  test.each<[path: string, body: object, byEngine: string[], named: string[]]>([
    [
      "/v1/chat/completions",
      { stop: "x", reasoning_effort: "low" },
      ["reasoning", "stop"],
      ["reasoning_effort", "stop"],
    ],
    [
      "/v1/chat/completions",
      { chat_template_kwargs: { enable_thinking: true }, thinking_token_budget: 9 },
      ["reasoning"],
      ["chat_template_kwargs.enable_thinking", "thinking_token_budget"],
    ],
    [
      "/v1/chat/completions",
      { messages: [user, { role: "assistant", content: "Well" }], continue_final_message: true },
      ["messages"],
      ["continue_final_message"],
    ],
    ["/v1/chat/completions", { logprobs: true }, ["logprobs"], ["logprobs"]],
    ["/v1/responses", { include: ["message.output_text.logprobs"] }, ["logprobs"], ["include"]],
    ["/v1/responses", { input: [user, { role: "assistant", content: "Well" }] }, ["messages"], ["input"]],
    ["/v1/messages", { max_tokens: 9, stop_sequences: ["x"] }, ["stop"], ["stop_sequences"]],
    [
      "/v1/messages",
      { max_tokens: 9, thinking: { type: "enabled", budget_tokens: 5 } },
      ["reasoning"],
      ["thinking", "thinking.budget_tokens"],
    ],
    [
      "/v1/messages",
      { max_tokens: 9, output_config: { effort: "low" } },
      ["reasoning.effort"],
      ["output_config.effort"],
    ],
    [
      "/api/chat",
      { think: true, options: { stop: ["x"] } },
      ["reasoning", "stop"],
      ["think", "options.stop"],
    ],
    ["/api/chat", { think: "low" }, ["reasoning.effort"], ["think"]],
    [
      "/api/generate",
      { options: { repeat_penalty: 1.2 } },
      ["repetition_penalty"],
      ["options.repeat_penalty"],
    ],
    [
      "/generate",
      { schema: true, stop: "x", reasoning: { enabled: true } },
      ["reasoning", "stop"],
      ["reasoning.enabled", "stop"],
    ],
  ])("%s %j", async (path, body, ignored, named) => {
    const text = path === "/generate" ? "1" : "Hello";
    const { answer, header } = await send(path, body, { ignored, text });
    expect([...(answer.ignored ?? [])].sort(), JSON.stringify(answer)).toEqual([...named].sort());
    expect(header?.split(", ").sort()).toEqual([...named].sort());
  });

  test("the server's own defaults are not", async () => {
    const { answer, header } = await send("/v1/chat/completions", {}, { ignored: ["temperature", "top_p"] });
    expect([answer.ignored, header]).toEqual([undefined, null]);
  });

  test("neither is a value that is the default, on an engine without the field", async () => {
    const off = { top_k: 0, min_p: 0, repetition_penalty: 1, logprobs: false, top_logprobs: 0 };
    const { status, answer } = await send("/v1/chat/completions", off, { kind: "openai" });
    expect([status, answer.ignored], JSON.stringify(answer)).toEqual([200, undefined]);
    const { answer: other } = await send("/v1/chat/completions", { top_k: 7 }, { kind: "openai" });
    expect(other.ignored).toEqual(["top_k"]);
  });
});
