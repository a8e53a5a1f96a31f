import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultModelPath } from "../models/testing/defaultModel.js";
import { type Started, start } from "./testing/process.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const exampleNames = readdirSync(examples)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const person = join(examples, "person.json");

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-cli-"));
  await defaultModelPath();
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (words: string[], given: Parameters<typeof start>[1] = {}) =>
  start(words, { workingFolder: folder, ...given }).ended;

function schemaOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(examples, `${name}.json`), "utf8"));
}

/** The processes that `parent` has started. */
function childrenOf(parent: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("generate", () => {
  test.each(exampleNames)("writes a valid %s, alone on standard output", async (name) => {
    const prompt = readFileSync(join(examples, "prompts", `${name}.txt`), "utf8");
    const words = ["generate", "--prompt", "-", "--schema", join(examples, `${name}.json`), "--seed", "1"];
    words.push("--max-tokens", "250");
    const { code, stdout, stderr } = await run(words, { stdin: prompt });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const validate = new Ajv2020({ strict: false }).compile(schemaOf(name));
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(stdout.endsWith("\n")).toBe(true);
  });

  test("streams the same text, and tells usage with --json", async () => {
    const words = ["generate", "-p", "Ada", "-s", person, "--temperature", "0"];
    const [plain, streamed, asJson] = [
      await run(words),
      await run([...words, "--stream"]),
      await run([...words, "--json"]),
    ];
    expect(streamed.stdout).toBe(plain.stdout);
    const line = JSON.parse(asJson.stdout) as Record<string, unknown>;
    expect(line["output"]).toEqual(JSON.parse(plain.stdout));
    expect(line).toMatchObject({ finish_reason: expect.stringMatching(/^(stop|length)$/) });
    expect(line["usage"]).toMatchObject({ completion_tokens: line["tokens_used"] });
  });

  test.each([
    [["--schema", person], "--prompt is missing"],
    [["--prompt", "x"], "--schema is missing"],
    [["--prompt", "-", "--schema", person], "standard input is empty"],
    [["--prompt", "-", "--schema", "-"], "cannot both be standard input"],
    [["--prompt", "x", "--schema", "none.json"], "none.json: there is no such file"],
    [["--prompt", "x", "--schema", person, "--engine", "other=http://x"], "other"],
    [["--prompt", "x", "--schema", person, "--max-tokens", "2"], "tokens"],
  ])("is wrong use with %j", async (words, text) => {
    const { code, stdout, stderr } = await run(["generate", ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
  });

  test.each([
    ["{", ""],
    ['{"type":"object","properties":{"x":{"type":"strin"}}}', "/properties/x"],
    ['{"properties":{"x":{"pattern":"(a)\\\\1"}}}', "/properties/x"],
    ['{"type":"integer","minimum":2,"maximum":1}', ""],
  ])("refuses the schema %s with code 3", async (schema, pointer) => {
    const { code, stdout, stderr } = await run(["generate", "-p", "x", "-s", "-", "--json"], {
      stdin: schema,
    });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect((JSON.parse(stderr) as { pointer: string }).pointer).toContain(pointer);
  });

  test("says what was tried where the model cannot be had", async () => {
    const { code, stdout, stderr } = await run([
      "generate",
      "-p",
      "x",
      "-s",
      person,
      "--model",
      "./none.gguf",
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("none.gguf");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends cleanly at %s and leaves no process behind", async (signal, code) => {
    const endless = '{"type":"string","minLength":4000}';
    const started = start(["generate", "-p", "Long", "-s", endless, "--max-tokens", "7000", "--stream"]);
    await started.says('"');
    const children = childrenOf(started.child.pid as number);
    expect(children.length).toBeGreaterThan(0);
    started.child.kill(signal);
    expect(await started.ended).toMatchObject({ code, stderr: "" });
    expect(children.filter(isAlive)).toEqual([]);
  });
});

describe("check", () => {
  test("says ok for every example", async () => {
    const files = exampleNames.map((name) => join(examples, `${name}.json`));
    const { code, stdout } = await run(["check", ...files]);
    expect(stdout.trim().split("\n")).toEqual(files.map((file) => `${file}: ok`));
    expect(code).toBe(0);
  });

  test("names the pointer and the keyword of what it refuses, and goes on", async () => {
    const bad = '{"properties":{"x":{"$ref":"https://elsewhere.example/x.json"}}}';
    const { code, stdout } = await run(["check", "--json", "-", person], { stdin: bad });
    expect(code).toBe(3);
    const [first, second] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ schema: "-", ok: false, pointer: "/properties/x", keyword: "$ref" });
    expect(second).toMatchObject({ schema: person, ok: true });
  });

  test("follows references into documents that are handed over, and names the document at fault", async () => {
    const uri = "https://elsewhere.example/x.json";
    const stdin = `{"properties":{"x":{"$ref":"${uri}#/$defs/n"}}}`;
    const check = async (name: string, n: string) => {
      const file = join(folder, name);
      writeFileSync(file, `{"${uri}":{"$defs":{"n":${n}}}}`);
      return await run(["check", "--json", "-", "--documents", file], { stdin });
    };
    expect(await check("good.json", '{"const":12345678901234567890}')).toMatchObject({ code: 0 });
    const { code, stdout } = await check("bad.json", '{"type":"strin"}');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, pointer: `${uri}#/$defs/n`, keyword: "type" });
    const missing = await run(["check", "-", "--documents", join(folder, "none.json")], { stdin });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("Cannot read the documents") });
  });
});

describe("serve", () => {
  const started: Started[] = [];
  afterAll(() => {
    for (const { child } of started) child.kill("SIGKILL");
  });
  const serve = async (...words: string[]) => {
    const server = start(["serve", "--port", "0", ...words], { workingFolder: folder });
    started.push(server);
    await server.says("curl");
    return { ...server, url: /http:\S+/.exec(server.printed.stdout)?.[0] ?? "" };
  };
  const body = (schema: unknown, more: object = {}) =>
    JSON.stringify({ prompt: "Ada Lovelace", schema, temperature: 0, ...more });

  test("prints a curl line that works as pasted, warms up, and ends at SIGTERM after its requests", async () => {
    const server = await serve("--drain-timeout", "60");
    const command = server.printed.stdout.split("\n").find((line) => line.startsWith("  curl")) ?? "";
    const answer = JSON.parse(execFileSync("bash", ["-c", command], { encoding: "utf8" })) as Record<
      string,
      unknown
    >;
    expect(answer["output"]).toMatchObject({ name: expect.any(String), birth_year: expect.any(Number) });
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);

    const remote = await run(["generate", "-p", "x", "-s", '{"const":7}', "--engine", server.url]);
    expect(remote).toMatchObject({ code: 0, stdout: "7\n" });

    const sentence = { type: "string", minLength: 20, maxLength: 40 };
    const long = { type: "array", items: sentence, minItems: 4, maxItems: 4 };
    const running = await fetch(`${server.url}/generate`, {
      method: "POST",
      body: body(long, { stream: true }),
    });
    const children = childrenOf(server.child.pid as number);
    server.child.kill("SIGTERM");
    const text = await running.text();
    expect(text).toContain("event: finish\n");
    expect((await server.ended).code).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);
    const log = server.printed.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log).toContainEqual(expect.objectContaining({ msg: "request", status: 200, path: "/generate" }));
    expect(JSON.stringify(log)).not.toContain("Lovelace");
  });

  test("does not load the model before it is needed with --no-warm", async () => {
    const server = await serve("--no-warm", "--api-key", "k");
    const health = (await (await fetch(`${server.url}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ status: "healthy", engine: "idle", model_loaded: false });
    expect(childrenOf(server.child.pid as number)).toEqual([]);
    const refused = await run(["warmup", server.url]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(await run(["warmup", "--check", server.url])).toMatchObject({ code: 1 });
    const warmed = await run(["warmup", server.url, "--json"], { environment: { FORMWORK_API_KEY: "k" } });
    expect(warmed).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(warmed.stdout)).toMatchObject({ warm: true, model: health["model"] });
    expect(await run(["warmup", "--check", server.url])).toMatchObject({ code: 0 });
    // Asked elsewhere, where asking the server itself would wake it.
    const elsewhere = ["--health-url", `${server.url}/health`, "http://127.0.0.1:1"];
    expect(await run(["warmup", "--check", ...elsewhere])).toMatchObject({ code: 0 });
    const state = await run(["health", server.url]);
    expect(state.stdout).toContain("healthy, engine ready");
    server.child.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });

  test("fails at once where the model or the port cannot be had", async () => {
    const first = await serve("--no-warm");
    const port = new URL(first.url).port;
    const second = await run(["serve", "--port", port]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("--port");
    const third = await run(["serve", "--port", "0", "--model", "./none.gguf"]);
    expect(third.code).toBe(1);
    expect(third.stderr).toContain("none.gguf");
    first.child.kill("SIGTERM");
    await first.ended;
  });

  test("a server that is not there is a failure that says so", async () => {
    const { code, stdout, stderr } = await run(["health", "http://127.0.0.1:9"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^formwork: .*127\.0\.0\.1:9/);
  });
});
