import fc from "fast-check";
import { expect, test } from "vitest";
import { person, testApp } from "./testing/app.js";

// Law: whatever a caller sends, the answer is a success or a caller's error with the body of every error.

const names = ["prompt", "schema", "system", "max_tokens", "temperature", "top_p", "seed", "stream", "model"];
const chatNames = [
  "messages",
  "response_format",
  "stream",
  "stream_options",
  "n",
  "tools",
  "temperature",
  "seed",
];
const anything = fc.jsonValue({ maxDepth: 3 });
const good: Record<string, unknown> = { prompt: "p", schema: person };
const goodChat: Record<string, unknown> = {
  messages: [{ role: "user", content: "x" }],
  response_format: { type: "json_schema", json_schema: { name: "p", schema: person } },
};

async function expectNoFault(response: Response): Promise<void> {
  const text = await response.text();
  if (response.status === 200) return;
  expect(response.status, text).toBeGreaterThanOrEqual(400);
  expect(response.status, text).toBeLessThan(500);
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(body).toMatchObject({ status: response.status, code: expect.any(String) });
  expect(body["error"]).toBeTruthy();
}

test("any JSON value as a body", async () => {
  const { post } = testApp();
  await fc.assert(
    fc.asyncProperty(anything, fc.constantFrom("/generate", "/v1/chat/completions"), async (body, path) =>
      expectNoFault(await post(path, body)),
    ),
    { numRuns: 300 },
  );
});

test("any value in any member of a good request", async () => {
  const { post } = testApp();
  const generate = fc.record({
    path: fc.constant("/generate"),
    name: fc.constantFrom(...names),
    value: anything,
  });
  const chat = fc.record({
    path: fc.constant("/v1/chat/completions"),
    name: fc.constantFrom(...chatNames),
    value: anything,
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(generate, chat), async ({ path, name, value }) => {
      const base = path === "/generate" ? good : goodChat;
      await expectNoFault(await post(path, { ...base, [name]: value }));
    }),
    { numRuns: 600 },
  );
});

test("any bytes as a body, and any path and method", async () => {
  const { app } = testApp();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (body) =>
      expectNoFault(await app.request("/generate", { method: "POST", body: new Uint8Array(body) })),
    ),
    { numRuns: 200 },
  );
  const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
  await fc.assert(
    fc.asyncProperty(method, fc.webPath(), async (verb, path) =>
      expectNoFault(await app.request(`http://localhost${path === "" ? "/" : path}`, { method: verb })),
    ),
    { numRuns: 200 },
  );
});
