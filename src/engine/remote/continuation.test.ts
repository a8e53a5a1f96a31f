import { afterEach, describe, expect, test } from "vitest";
import { events } from "../../client/testing/scriptedServer.js";
import { ADA, bodyOf, EVEN, PERSON, PIECES, serverWith } from "./testing/chatServer.js";
import { collect, completion, data, requestFor, TestEngines } from "./testing/wire.js";

const engines = new TestEngines();
afterEach(() => engines.close());

const begun = {
  messages: [
    { role: "user" as const, content: "a person" },
    { role: "assistant" as const, content: "Here: " },
  ],
  continueAssistant: true,
};

describe("the assistant's last words", () => {
  test.each<[kind: string, asked: object]>([
    ["vllm", { continue_final_message: true, add_generation_prompt: false }],
    ["sglang", { continue_final_message: true }],
    ["llama-server", {}],
  ])("are continued by %s", async (kind, asked) => {
    await using server = await serverWith(events(completion(PIECES)));
    const { result } = await collect(engines.at(server.url, kind).generate(requestFor(PERSON, begun)));
    expect(result.text).toBe(ADA);
    expect(result.ignored).toBeUndefined();
    const { continue_final_message, add_generation_prompt, messages } = bodyOf(server) as unknown as Record<
      string,
      unknown
    >;
    expect(JSON.parse(JSON.stringify({ continue_final_message, add_generation_prompt }))).toEqual(asked);
    expect((messages as unknown[]).at(-1)).toEqual(begun.messages[1]);
  });

  test("start a turn of their own where the server cannot continue them, and the answer says so", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const { result } = await collect(engines.at(server.url, "openai").generate(requestFor(PERSON, begun)));
    expect(result.ignored).toEqual(["messages"]);
    expect(bodyOf(server)).not.toHaveProperty("continue_final_message");
  });

  test("are not continued by a further try, which has a complaint behind them", async () => {
    await using server = await serverWith([events(completion(['{"n":3}'])), events(completion(['{"n":4}']))]);
    const { result } = await collect(engines.at(server.url).generate(requestFor(EVEN, begun)));
    expect(result).toMatchObject({ text: '{"n":4}', attempts: 2 });
    expect(bodyOf(server, 0)).toHaveProperty("continue_final_message");
    expect(bodyOf(server, 1)).not.toHaveProperty("continue_final_message");
  });
});

describe("what a server's reasoning parser has set apart", () => {
  const thinking = (name: string) => [
    data({ model: "small", choices: [{ index: 0, delta: { [name]: "Hm" }, finish_reason: null }] }),
    data({ model: "small", choices: [{ index: 0, delta: { [name]: "m." }, finish_reason: null }] }),
  ];

  test.each(["reasoning_content", "reasoning"])("reaches the caller: %s", async (name) => {
    await using server = await serverWith(events([...thinking(name), ...completion(PIECES)]));
    const { events: seen, result } = await collect(engines.at(server.url).generate(requestFor(PERSON)));
    expect(result).toMatchObject({ text: ADA, reasoning: "Hmm." });
    expect(seen.flatMap((event) => (event.type === "reasoning" ? [event.text] : []))).toEqual(["Hm", "m."]);
  });

  test("is reported as it was handed out, that of further tries included", async () => {
    await using server = await serverWith([
      events([...thinking("reasoning"), ...completion(['{"n":3}'])]),
      events([...thinking("reasoning"), ...completion(['{"n":4}'])]),
    ]);
    const { events: seen, result } = await collect(engines.at(server.url).generate(requestFor(EVEN)));
    const shown = seen.flatMap((event) => (event.type === "reasoning" ? [event.text] : [])).join("");
    expect(result.reasoning).toBe(shown);
  });
});
