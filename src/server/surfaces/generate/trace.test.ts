import { expect, test } from "vitest";
import { parseEvents, person, testApp } from "../../testing/app.js";

const good = { prompt: "Ada", schema: person };

test("a trace tells of each step, streamed and whole, where it is asked for", async () => {
  const { post } = testApp();
  const whole = (await (await post("/generate", { ...good, trace: true })).json()) as Record<string, never>;
  const events = parseEvents(await (await post("/generate", { ...good, trace: true, stream: true })).text());
  const steps = events.filter(({ name }) => name === "trace").map(({ data }) => JSON.parse(data));
  expect(steps).toEqual(whole["trace"]);
  expect(JSON.parse(events.at(-1)!.data)).not.toHaveProperty("trace");
  const tokens = steps.flatMap((step) => step.tokens);
  expect(tokens.map(({ text }) => text).join("")).toBe('{"name":"Ada"}');
  expect(tokens[0]).toEqual({
    text: '{"',
    origin: "sampled",
    logprob: -0.5,
    masked_logprob: 0,
    top_logprobs: [{ token: '{"', bytes: [123, 34], logprob: -0.5, allowed: true }],
  });
  expect(tokens[1]).toEqual({ text: "na", origin: "forced" });

  const plain = parseEvents(await (await post("/generate", { ...good, stream: true })).text());
  expect(plain.map(({ name }) => name)).not.toContain("trace");
  expect(await (await post("/generate", good)).json()).not.toHaveProperty("trace");
});

test("an engine that cannot trace names it among what it ignored", async () => {
  const { post } = testApp({ kind: "vllm" });
  const response = await post("/generate", { ...good, trace: true });
  expect(response.headers.get("x-formwork-ignored")).toBe("trace");
  expect(await response.json()).toMatchObject({ output: { name: "Ada" }, ignored: ["trace"] });
});
