import { expect } from "vitest";
import { testApp } from "../../../testing/app.js";
import type { FakeEngineOptions } from "../../../testing/fakeEngine.js";

/** What is asked where a test says nothing else. */
export const user = { role: "user", content: "Ada" };
interface ChatAnswer {
  model: string;
  choices: Record<string, unknown>[];
  usage: object;
  ignored?: string[];
}

/** Sends one request for a whole answer, which has to succeed. */
export async function chat(body: object, options: FakeEngineOptions = {}, config: object = {}) {
  const { post, engine } = testApp(options, config);
  const response = await post("/v1/chat/completions", { messages: [user], ...body });
  const answer = (await response.json()) as ChatAnswer;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return {
    answer,
    choice: answer.choices[0],
    request: engine.requests[0],
    engine,
    headers: response.headers,
  };
}
