import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../engine/index.js";
import { defaultModelPath } from "../models/testing/defaultModel.js";
import { type RunningServer, startServer } from "./listen.js";
import { createLog } from "./log.js";
import { parseEvents } from "./testing/app.js";

// The whole way: HTTP, the engine process, the real model, and a validator that nothing else here uses.

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const names = readdirSync(examples)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const schemaOf = (name: string) => JSON.parse(readFileSync(`${examples}${name}.json`, "utf8")) as object;
const promptOf = (name: string) => readFileSync(`${examples}prompts/${name}.txt`, "utf8").trim();

let server: RunningServer;
beforeAll(async () => {
  await defaultModelPath();
  // One thread leaves the other cores to the tests that run beside this one.
  const engine = createEngine({ threads: 1, maxSequences: 8 });
  server = await startServer({ engine, port: 0, log: createLog("silent"), config: { drainMs: 0 } });
  expect((await fetch(`${server.url}/ready`)).status).toBe(503);
  expect((await fetch(`${server.url}/warmup`)).status).toBe(200);
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
});
afterAll(() => server.close());

const post = (body: object) =>
  fetch(`${server.url}/generate`, { method: "POST", body: JSON.stringify(body) });

interface Body {
  output: unknown;
  error: string;
  code: string;
  usage: Record<string, number>;
  tokens_used: number;
}
interface TraceStep {
  tokens: { text: string; origin: string }[];
}
const answer = async (body: object) => {
  const response = await post(body);
  return { status: response.status, body: (await response.json()) as Body };
};

function complaints(schema: object, output: unknown): unknown {
  const validate = new Ajv2020({ strict: false }).compile(schema);
  return validate(output) ? [] : validate.errors;
}

describe("every example", () => {
  test.each(names)("%s: whole and streamed, the same valid document", async (name) => {
    const body = { prompt: promptOf(name), schema: schemaOf(name), temperature: 0, max_tokens: 300 };
    const whole = await answer(body);
    expect(whole.status).toBe(200);
    expect(complaints(body.schema, whole.body.output)).toEqual([]);
    const events = parseEvents(await (await post({ ...body, stream: true })).text());
    const text = events
      .filter(({ name }) => name === "delta")
      .map(({ data }) => JSON.parse(data).text)
      .join("");
    expect(JSON.parse(text)).toEqual(whole.body.output);
    expect(events.at(-1)?.name).toBe("finish");
  });

  test.each(names)("%s: whole at the least number of tokens, refused one below", async (name) => {
    const body = { prompt: promptOf(name), schema: schemaOf(name), seed: 3 };
    const refused = await answer({ ...body, max_tokens: 1 });
    expect(refused).toMatchObject({ status: 400, body: { code: "budget_too_small" } });
    const least = Math.max(...(refused.body.error.match(/\d+/g) ?? []).map(Number));
    expect(least).toBeGreaterThan(1);
    const enough = await answer({ ...body, max_tokens: least });
    expect(enough.status).toBe(200);
    expect(enough.body.tokens_used).toBeLessThanOrEqual(least);
    expect(complaints(body.schema, enough.body.output)).toEqual([]);
    expect((await answer({ ...body, max_tokens: least - 1 })).status).toBe(400);
  });
});

test("a trace spells the document, streamed and whole, and changes nothing of it", async () => {
  const body = { prompt: promptOf("person"), schema: schemaOf("person"), temperature: 0, max_tokens: 120 };
  const plain = (await answer(body)).body;
  const whole = (await (await post({ ...body, trace: true })).json()) as Body & { trace: TraceStep[] };
  const events = parseEvents(await (await post({ ...body, trace: true, stream: true })).text());
  const streamed = events
    .filter(({ name }) => name === "trace")
    .map(({ data }) => JSON.parse(data) as TraceStep);
  for (const steps of [whole.trace, streamed]) {
    const tokens = steps.flatMap((step) => step.tokens);
    expect(JSON.parse(tokens.map(({ text }) => text).join(""))).toEqual(plain.output);
    expect(tokens).toHaveLength(plain.tokens_used);
    expect(tokens.filter(({ origin }) => origin === "forced")).toHaveLength(plain.usage["forced_tokens"]);
  }
  expect(streamed.map(({ tokens }) => tokens)).toEqual(whole.trace.map(({ tokens }) => tokens));
});

test("fifty requests, eight at once, hot and with seeds of their own: all valid", async () => {
  const jobs = Array.from({ length: 50 }, (_, index) => ({ name: names[index % names.length], seed: index }));
  const wrong: unknown[] = [];
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const schema = schemaOf(job.name);
      const prompt = promptOf(names[(job.seed * 5) % names.length]);
      const { status, body } = await answer({
        prompt,
        schema,
        temperature: 0.8,
        seed: job.seed,
        max_tokens: 160,
      });
      const found = status === 200 ? complaints(schema, body.output) : body;
      if (JSON.stringify(found) !== "[]") wrong.push({ ...job, status, found });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  expect(wrong).toEqual([]);
}, 300_000);

describe("every surface at temperature 1", () => {
  /** The parts of answers where documents stand. */
  interface Answers {
    choices: { message: { content: string }; text: string }[];
    output: { content: { text: string }[] }[];
    content: { text: string }[];
    message: { content: string };
  }
  const surfaces: [
    path: string,
    body: (content: string, schema: object) => object,
    document: (answer: Answers) => string,
  ][] = [
    [
      "/v1/chat/completions",
      (content, schema) => ({
        messages: [{ role: "user", content }],
        response_format: { type: "json_schema", json_schema: { name: "x", schema } },
        max_tokens: 160,
      }),
      ({ choices }) => choices[0].message.content,
    ],
    [
      "/v1/completions",
      (prompt, schema) => ({ prompt, guided_json: schema, max_tokens: 160 }),
      ({ choices }) => choices[0].text,
    ],
    [
      "/v1/responses",
      (input, schema) => ({
        input,
        text: { format: { type: "json_schema", name: "x", schema } },
        max_output_tokens: 160,
      }),
      ({ output }) => output[0].content[0].text,
    ],
    [
      "/v1/messages",
      (content, schema) => ({
        messages: [{ role: "user", content }],
        output_config: { format: { type: "json_schema", schema } },
        max_tokens: 160,
      }),
      ({ content }) => content[0].text,
    ],
    [
      "/api/chat",
      (content, schema) => ({
        messages: [{ role: "user", content }],
        format: schema,
        stream: false,
        options: { num_predict: 160 },
      }),
      ({ message }) => message.content,
    ],
  ];
  test.each(surfaces)(
    "%s gives valid documents",
    async (path, bodyOf, documentOf) => {
      const jobs = ["classification", "person", "classification"].map((name, seed) => ({ name, seed }));
      const found = await Promise.all(
        jobs.map(async ({ name, seed }) => {
          const schema = schemaOf(name);
          const body = bodyOf(promptOf(name), schema) as { options?: object };
          const settings = { temperature: 1, seed };
          const sent = body.options
            ? { ...body, options: { ...body.options, ...settings } }
            : { ...body, ...settings };
          const response = await fetch(`${server.url}${path}`, {
            method: "POST",
            body: JSON.stringify(sent),
          });
          const answer = (await response.json()) as Answers;
          return response.status === 200 ? complaints(schema, JSON.parse(documentOf(answer))) : answer;
        }),
      );
      expect(found).toEqual(jobs.map(() => []));
    },
    300_000,
  );

  test("calls have arguments that are valid against the schema of the tool", async () => {
    const schema = schemaOf("classification");
    const tools = [{ type: "function", function: { name: "classify", parameters: schema } }];
    for (const tool_choice of ["required", { type: "function", function: { name: "classify" } }]) {
      const messages = [{ role: "user", content: promptOf("classification") }];
      const body = { messages, tools, tool_choice, temperature: 1, seed: 2, max_tokens: 200 };
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      const { choices } = (await response.json()) as {
        choices: { finish_reason: string; message: { tool_calls: { function: { arguments: string } }[] } }[];
      };
      expect(choices[0].finish_reason).toBe("tool_calls");
      for (const call of choices[0].message.tool_calls) {
        expect(complaints(schema, JSON.parse(call.function.arguments))).toEqual([]);
      }
    }
  }, 120_000);
});

test("the same seed gives the same answer, another one another", async () => {
  const body = { prompt: promptOf("person"), schema: schemaOf("person"), temperature: 1, max_tokens: 120 };
  const [first, second, other] = [
    await answer({ ...body, seed: 11 }),
    await answer({ ...body, seed: 11 }),
    await answer({ ...body, seed: 12 }),
  ];
  expect(second.body.output).toEqual(first.body.output);
  expect(other.body.output).not.toEqual(first.body.output);
});

test("OpenAI's client gets a parsed document from the real model", async () => {
  const client = new OpenAI({ apiKey: "none", baseURL: `${server.url}/v1`, maxRetries: 0 });
  const schema = schemaOf("classification") as Record<string, unknown>;
  const completion = await client.chat.completions.parse({
    model: (await client.models.list()).data[0].id,
    messages: [{ role: "user", content: promptOf("classification") }],
    response_format: { type: "json_schema", json_schema: { name: "ticket", schema } },
  });
  expect(complaints(schema, completion.choices[0].message.parsed)).toEqual([]);
});

test("/health answers while eight requests decode", async () => {
  const schema = { type: "string", minLength: 400, maxLength: 500 };
  let running = 8;
  const requests = Array.from({ length: 8 }, async (_, seed) => {
    const { status } = await answer({ prompt: "Tell a story", schema, seed });
    running--;
    return status;
  });
  const active = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return metrics.match(/engine_active_requests (\d)/)?.[1];
  };
  await expect.poll(active, { timeout: 60_000 }).toBe("8");
  const health = (await (await fetch(`${server.url}/health`)).json()) as Record<string, unknown>;
  expect(health).toMatchObject({ status: "healthy", engine: "ready", model_loaded: true });
  expect(running).toBe(8);
  expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
});

test("what the engine refuses has its status and pointer", async () => {
  const cases: [schema: unknown, code: string, pointer: string][] = [
    [{ properties: { a: { type: "nonsense" } } }, "invalid_schema", "/properties/a/type"],
    [{ items: { $ref: "https://elsewhere.example/x" } }, "unsupported_schema", "/items/$ref"],
    [{ type: "integer", minimum: 5, maximum: 4 }, "unsatisfiable_schema", ""],
    [false, "unsatisfiable_schema", ""],
  ];
  for (const [schema, code, pointer] of cases) {
    const { status, body } = await answer({ prompt: "x", schema });
    expect({ status, code: body.code }, JSON.stringify(schema)).toEqual({ status: 400, code });
    expect(body).toMatchObject({
      pointer: expect.stringMatching(pointer.replace(/\/[^/]*$/, "").replace("$", "\\$")),
    });
  }
  const long = await answer({ prompt: "word ".repeat(20_000), schema: { type: "boolean" } });
  expect(long).toMatchObject({ status: 400, body: { code: "prompt_too_long" } });
});

test("the engine process killed in a request: that one fails clearly, the next has an answer", async () => {
  const schema = { type: "string", minLength: 3000 };
  const running = await post({ prompt: "Tell a story", schema, stream: true, max_tokens: 4000 });
  const reader = running.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? "";
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const child = table
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([, ppid, ...command]) => Number(ppid) === process.pid && command.join(" ").includes("engine/process"),
    );
  process.kill(Number(child?.[0]), "SIGKILL");
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += part.value;
  const last = parseEvents(text).at(-1);
  expect(last?.name).toBe("error");
  expect(JSON.parse(last?.data ?? "")).toMatchObject({ status: 503, code: "engine_unavailable" });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect((await fetch(`${server.url}/warmup`)).status).toBe(200);
  const next = await answer({ prompt: promptOf("person"), schema: schemaOf("person"), max_tokens: 200 });
  expect(next.status).toBe(200);
});
