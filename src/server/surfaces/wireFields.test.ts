import { describe, expect, test } from "vitest";
import { person, testApp } from "../testing/app.js";
import type { FakeEngineOptions } from "../testing/fakeEngine.js";

/**
 * Members that the libraries and servers of others have beside the common ones: honoured, named in `ignored`, or refused by
 * their pointer.
 */

const user = { role: "user", content: "Ada" };
const said = { role: "assistant", content: "Well," };
const BODIES = {
  "/v1/chat/completions": { messages: [user] },
  "/v1/completions": { prompt: "Ada" },
  "/v1/responses": { input: "Ada" },
  "/v1/messages": { messages: [user], max_tokens: 99 },
  "/api/chat": { messages: [user], stream: false },
  "/api/generate": { prompt: "Ada", stream: false },
} as const;
type Path = keyof typeof BODIES;

async function send(path: Path, body: object, options: FakeEngineOptions = {}) {
  const { post, engine } = testApp(options);
  const response = await post(path, { ...BODIES[path], ...body });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, answer, request: engine.requests[0] };
}

describe("are honoured", () => {
  const chat = "/v1/chat/completions";
  test.each<[path: Path, body: object, request: object]>([
    [chat, { n_predict: 12 }, { maxTokens: 12 }],
    ["/v1/completions", { n_predict: 12 }, { maxTokens: 12 }],
    [chat, { regex: "a+" }, { format: { kind: "regex", pattern: "a+" } }],
    ["/v1/completions", { regex: "a+" }, { format: { kind: "regex", pattern: "a+" } }],
    [
      chat,
      {
        structured_outputs: { json: person, disable_additional_properties: true },
        additional_members: "schema",
      },
      { schema: JSON.stringify(person), additionalMembers: "closed" },
    ],
    // None is meant.
    [chat, { stop: "" }, { stop: [] }],
    ["/api/chat", { options: { stop: [""] } }, { stop: [] }],
    [
      "/api/chat",
      {
        messages: [
          user,
          {
            role: "assistant",
            content: "",
            tool_calls: [{ function: { index: 0, name: "f", arguments: {} } }],
          },
          { role: "tool", tool_name: "f", content: "1" },
        ],
      },
      {},
    ],
    [
      "/v1/messages",
      {
        messages: [
          user,
          {
            role: "assistant",
            content: [{ type: "tool_use", id: "c", name: "f", input: {}, caller: { type: "direct" } }],
          },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: [] }] },
        ],
      },
      {},
    ],
    [chat, { thinking_token_budget: 64 }, { reasoning: { enabled: true, maxTokens: 64 } }],
    [chat, { thinking_budget_tokens: 64 }, { reasoning: { enabled: true, maxTokens: 64 } }],
    [chat, { reasoning_budget_tokens: 64 }, { reasoning: { enabled: true, maxTokens: 64 } }],
    [chat, { stream_options: { include_usage: true, include_obfuscation: false } }, {}],
    ["/v1/responses", { stream_options: { include_obfuscation: false } }, {}],
    [chat, { chat_template_kwargs: { thinking: false } }, { reasoning: { enabled: false } }],
    [
      chat,
      { chat_template_kwargs: { reasoning_effort: "low" } },
      { reasoning: { enabled: true, effort: "low" } },
    ],
    [chat, { reasoning_effort: "xhigh" }, { reasoning: { enabled: true, effort: "xhigh" } }],
    ["/v1/responses", { reasoning: { effort: "max" } }, { reasoning: { enabled: true, effort: "max" } }],
    [
      "/v1/messages",
      { output_config: { effort: "max" }, thinking: { type: "adaptive", display: "summarized" } },
      { reasoning: { enabled: true, effort: "max" } },
    ],
    ["/v1/messages", { thinking: { type: "between_tools" } }, { reasoning: { enabled: true } }],
    ["/api/chat", { think: "max" }, { reasoning: { enabled: true, effort: "max" } }],
    ["/api/chat", { logprobs: true, top_logprobs: 2 }, { topLogprobs: 2 }],
    ["/api/generate", { logprobs: true }, { topLogprobs: 0 }],
    [
      chat,
      { messages: [user, said], continue_final_message: true, add_generation_prompt: false },
      { continueAssistant: true },
    ],
  ])("%s %j", async (path, body, expected) => {
    const { status, answer, request } = await send(path, body);
    expect(status, JSON.stringify(answer)).toBe(200);
    expect(request).toMatchObject(expected);
    expect(answer).not.toHaveProperty("ignored");
  });

  test("an answer is opened behind the assistant's words where the caller says so", async () => {
    for (const body of [{ add_generation_prompt: true }, { continue_final_message: false }]) {
      const { request } = await send(chat, { messages: [user, said], ...body });
      expect(request.continueAssistant).toBeUndefined();
    }
  });

  test("reasoning is left out where nobody wants it", async () => {
    for (const body of [{ include_reasoning: false }, { reasoning: { exclude: true } }]) {
      const { answer } = await send(chat, body, { text: "Hello", reasoning: "Hm." });
      expect(JSON.stringify(answer)).not.toContain("Hm.");
      const { post } = testApp({ text: "Hello", reasoning: "Hm." });
      const stream = await post(chat, { messages: [user], stream: true, ...body });
      expect(await stream.text()).not.toContain("Hm.");
    }
  });

  test("documents and search results are text", async () => {
    const content = [
      { type: "document", title: "T", source: { type: "text", media_type: "text/plain", data: "One" } },
      { type: "document", source: { type: "content", content: [{ type: "text", text: "Two" }] } },
      { type: "search_result", title: "S", source: "x://", content: [{ type: "text", text: "Three" }] },
      { type: "text", text: "Go", cache_control: { type: "ephemeral" } },
    ];
    const { request, answer } = await send("/v1/messages", { messages: [{ role: "user", content }] });
    expect(request.messages).toEqual([{ role: "user", content: "T\nOne\n\nTwo\n\nS\nx://\nThree\n\nGo" }]);
    expect(answer).not.toHaveProperty("ignored");
  });

  test("log-probabilities of Ollama's clients stand in the answer, whole and line by line", async () => {
    const { answer } = await send("/api/chat", { logprobs: true, top_logprobs: 1 });
    expect(answer["logprobs"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ token: expect.any(String), logprob: -0.5 })]),
    );
    const { post } = testApp({ text: "Hello" });
    const lines = await (await post("/api/generate", { prompt: "x", logprobs: true })).text();
    expect(JSON.parse(lines.split("\n")[0])).toHaveProperty("logprobs");
  });

  test("a request for nothing loads the model", async () => {
    for (const path of ["/api/chat", "/api/generate"] as const) {
      const { post, engine } = testApp();
      const response = await post(path, { model: "fake:latest", messages: [] });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ model: "fake", done: true, done_reason: "load" });
      expect(engine.requests).toEqual([]);
      expect((await post(path, { model: "other" })).status).toBe(404);
    }
  });
});

describe("ask for what is done anyway, and are not named", () => {
  test.each<[path: Path, body: object]>([
    [
      "/v1/chat/completions",
      {
        ignore_eos: false,
        min_tokens: 0,
        length_penalty: 1.0,
        skip_special_tokens: true,
        service_tier: "auto",
        verbosity: "medium",
        store: false,
        cache_prompt: true,
        priority: 0,
      },
    ],
    ["/v1/completions", { best_of: 1, echo: false }],
    ["/v1/responses", { store: false, truncation: "disabled", text: { verbosity: "medium" } }],
    ["/v1/messages", { service_tier: "auto", speed: "standard" }],
    // What a library adds to an answer that it has parsed.
    [
      "/v1/chat/completions",
      {
        messages: [
          user,
          {
            role: "assistant",
            content: "{}",
            parsed: {},
            annotations: [],
            tool_calls: [
              {
                id: "c",
                type: "function",
                function: { name: "f", arguments: "{}", parsed_arguments: {} },
              },
            ],
          },
          { role: "tool", tool_call_id: "c", content: "1" },
        ],
      },
    ],
  ])("%s %j", async (path, body) => {
    const { status, answer } = await send(path, body);
    expect(status, JSON.stringify(answer)).toBe(200);
    expect(answer).not.toHaveProperty("ignored");
  });
});

describe("cannot be honoured and are named", () => {
  test.each<[path: Path, body: object, ignored: string[]]>([
    ["/v1/chat/completions", { min_tokens: 5, ignore_eos: true }, ["min_tokens", "ignore_eos"]],
    ["/v1/chat/completions", { prompt_cache_key: "k", verbosity: "low" }, ["prompt_cache_key", "verbosity"]],
    [
      "/v1/responses",
      { reasoning: { summary: "auto" }, stream_options: { include_obfuscation: true } },
      ["stream_options.include_obfuscation", "reasoning.summary"],
    ],
    [
      "/v1/messages",
      { thinking: { type: "enabled", budget_tokens: 1024, display: "omitted" }, inference_geo: "eu" },
      ["inference_geo", "thinking.display"],
    ],
    [
      "/v1/messages",
      { tools: [{ name: "f", input_schema: {}, defer_loading: true, eager_input_streaming: true }] },
      ["tools[].defer_loading", "tools[].eager_input_streaming"],
    ],
    ["/api/chat", { options: { mirostat: 1, num_ctx: 4096 } }, ["options.mirostat", "options.num_ctx"]],
  ])("%s %j", async (path, body, ignored) => {
    const { status, answer } = await send(path, body);
    expect(status, JSON.stringify(answer)).toBe(200);
    expect(answer["ignored"]).toEqual(ignored);
  });
});

describe("would change what the answer is and are refused", () => {
  test.each<[path: Path, body: object, pointer: string]>([
    ["/v1/chat/completions", { ebnf: 'root ::= "a"' }, "/ebnf"],
    ["/v1/chat/completions", { response_format: { type: "structural_tag" } }, "/response_format/type"],
    ["/v1/chat/completions", { documents: [{ title: "T", text: "One" }] }, "/documents"],
    ["/v1/chat/completions", { continue_final_message: true }, "/continue_final_message"],
    ["/v1/chat/completions", { top_logprobs: 2 }, "/top_logprobs"],
    ["/api/chat", { top_logprobs: 2 }, "/top_logprobs"],
    [
      "/v1/chat/completions",
      { messages: [user, { role: "assistant", tool_calls: [{ id: "c", type: "custom", custom: {} }] }] },
      "/messages/1/tool_calls/0/custom/name",
    ],
    ["/v1/responses", { tools: [{ type: "web_search" }] }, "/tools/0/type"],
    ["/v1/responses", { input: [{ type: "reasoning", id: "r", summary: [] }] }, "/input"],
    ["/v1/messages", { messages: [{ role: "user", content: [] }] }, "/messages/0/content"],
    [
      "/v1/messages",
      {
        messages: [{ role: "user", content: [{ type: "document", source: { type: "base64", data: "" } }] }],
      },
      "/messages/0/content/0/source/type",
    ],
  ])("%s %j", async (path, body, pointer) => {
    const { status, answer } = await send(path, body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ pointer });
  });
});
