import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { FormworkError } from "../errors.js";
import { parseEvents, person, testApp } from "./testing/app.js";

interface Media {
  content?: Record<string, { schema?: object }>;
}
interface Operation {
  requestBody?: Media;
  responses: Record<string, Media>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, unknown>;
}

async function load() {
  const parts = testApp({ status: { state: "loading", stage: "load", progress: 0.2 } }, { apiKeys: ["k"] });
  const headers = { authorization: "Bearer k" };
  const document = (await (await parts.app.request("/openapi.json", { headers })).json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: "doc", components: document.components });
  /** Complaints about `value` as the body of an answer or, without a status, of a request. */
  const complaints = (path: string, method: string, status: string | undefined, value: unknown) => {
    const operation = document.paths[path][method];
    const media = status === undefined ? operation.requestBody : operation.responses[status];
    const schema = media?.content?.["application/json"]?.schema;
    expect(schema, `${method} ${path} ${status}`).toBeDefined();
    const rebased = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
    const validate = ajv.compile(rebased);
    return validate(value) ? [] : validate.errors;
  };
  return { ...parts, headers, document, complaints };
}

test("every route stands in the document and the other way round", async () => {
  const { app, document } = await load();
  const real = new Set(
    app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)\{.*?\}/g, "{$1}")}`),
  );
  const documented = new Set(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    ),
  );
  expect(documented).toEqual(real);
  expect(document.openapi).toBe("3.1.0");
});

test("real answers have the documented shapes", async () => {
  const { app, headers, complaints, engine } = await load();
  const get = async (path: string) => {
    const response = await app.request(path, { headers });
    return { status: String(response.status), body: await response.json() };
  };
  for (const path of ["/health", "/ready", "/warmup?wait=false", "/warmup", "/ready", "/v1/models"]) {
    const { status, body } = await get(path);
    expect(complaints(path.split("?")[0], "get", status, body), `${path} ${status}`).toEqual([]);
  }
  const model = await get(`/v1/models/${engine.status().model}`);
  expect(complaints("/v1/models/{id}", "get", "200", model.body)).toEqual([]);
  const other = await get("/v1/models/other");
  expect(complaints("/v1/models/{id}", "get", "404", other.body)).toEqual([]);
});

test("requests and their answers, good and bad, have the documented shapes", async () => {
  const { post, headers, complaints } = await load();
  const chat = {
    messages: [{ role: "user", content: "x" }],
    response_format: { type: "json_schema", json_schema: { name: "p", schema: person } },
  };
  const cases: [path: string, body: object, status: number][] = [
    ["/generate", { prompt: "p", schema: person, seed: 1, stream: false }, 200],
    ["/generate", { prompt: "p", schema: person, trace: true }, 200],
    ["/v1/chat/completions", chat, 200],
    ["/generate", { messages: chat.messages, choice: ["a"], n: 2, logprobs: 1, stop: "x" }, 200],
    ["/v1/chat/completions", { ...chat, n: 2, logprobs: true, top_logprobs: 1, top_k: -1, store: true }, 200],
    ["/v1/completions", { prompt: "x", guided_json: person, logprobs: 1 }, 200],
    ["/v1/responses", { input: "x", text: { format: { type: "text" } }, top_logprobs: 1 }, 200],
    [
      "/v1/messages",
      { messages: chat.messages, max_tokens: 9, output_format: { type: "json_schema", schema: person } },
      200,
    ],
    [
      "/api/chat",
      { messages: chat.messages, stream: false, format: person, think: "low", options: { seed: 1 } },
      200,
    ],
    ["/api/generate", { prompt: "x", stream: false, format: "json" }, 200],
    ["/v1/responses", {}, 400],
    ["/v1/messages", {}, 400],
    ["/v1/completions", {}, 400],
    ["/api/chat", {}, 400],
    ["/api/generate", {}, 400],
    ["/generate", { prompt: "p" }, 400],
    ["/generate", { prompt: "p", schema: person, model: "other" }, 404],
    ["/v1/chat/completions", { ...chat, temperature: -1 }, 400],
  ];
  for (const [path, body, status] of cases) {
    const response = await post(path, body, headers);
    expect(response.status).toBe(status);
    expect(complaints(path, "post", String(status), await response.json())).toEqual([]);
    const wrong = complaints(path, "post", undefined, body);
    if (status === 200) expect(wrong).toEqual([]);
    if (status === 400) expect(wrong).not.toEqual([]);
  }
  const stream = await post("/generate", { prompt: "p", schema: person, stream: true }, headers);
  const last = parseEvents(await stream.text()).at(-1);
  expect(complaints("/generate", "post", "200", JSON.parse(last?.data ?? ""))).toEqual([]);
});

test("failures of the engine have the documented shape", async () => {
  const { complaints } = await load();
  const fail = new FormworkError("queue_full", "Full.", { retryAfterSeconds: 1 });
  const response = await testApp({ fail }).post("/generate", { prompt: "p", schema: person });
  expect(complaints("/generate", "post", String(response.status), await response.json())).toEqual([]);
});
