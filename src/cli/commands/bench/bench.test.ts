import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Results } from "../../../bench/index.js";
import { type RunningServer, startServer } from "../../../server/listen.js";
import { createLog } from "../../../server/log.js";
import { FakeEngine, type FakeEngineOptions } from "../../../server/testing/fakeEngine.js";
import { registry } from "../../registry.js";
import { run } from "../../testing/terminal.js";

const servers: RunningServer[] = [];
let folder: string;
let cases: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-bench-"));
  cases = join(folder, "own-cases");
  await mkdir(cases);
  const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  for (const name of ["Ada", "Lovelace", "first", "second"]) {
    const content = { prompt: `Who is ${name}?`, schema, max_tokens: 40, expect: { gold: { name: "Ada" } } };
    await writeFile(join(cases, `${name}.case.json`), JSON.stringify(content));
  }
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true });
});

async function serve(options: FakeEngineOptions = {}): Promise<{ url: string; engine: FakeEngine }> {
  const engine = new FakeEngine(options);
  const server = await startServer({ engine, port: 0, config: {}, log: createLog("silent") });
  servers.push(server);
  return { url: server.url, engine };
}

function bench(words: readonly string[], signal?: AbortSignal) {
  return run(["bench", ...words], registry, {
    workingFolder: folder,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function measure(url: string, out: string, more: readonly string[] = []): Promise<Results> {
  const { exitCode, stderr } = await bench(["tasks", "--suite", cases, "--url", url, "--out", out, ...more]);
  expect({ exitCode, stderr: stderr.replace(/\nReport: .*\n/, "") }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(await readFile(join(folder, out, "results.json"), "utf8")) as Results;
}

describe("bench tasks", () => {
  it("measures a server through its client and leaves results, a page and a summary", async () => {
    const { url, engine } = await serve({ delayMs: 1 });
    const words = [
      "tasks",
      "--suite",
      cases,
      "--url",
      url,
      "--out",
      "first",
      "--runs",
      "2",
      "--price",
      "0.8",
      "--json",
    ];
    const { exitCode, stdout, stderr } = await bench(words);
    expect(exitCode).toBe(0);
    // Two to warm up, then four cases twice.
    expect(engine.requests).toHaveLength(2 + 8);
    const line = JSON.parse(stdout);
    expect(line).toMatchObject({ bench: "tasks", complete: true });
    expect(line.sides[url]).toMatchObject({
      requests: 8,
      valid: 1,
      correct: 1,
      success: 1,
      forced_share: 0.25,
    });
    expect(line.sides[url].latency_ms.p50).toBeGreaterThan(3);
    expect(line.sides[url].cost_per_1000).toBeGreaterThan(0);
    expect(stderr).toContain("100 % (8 of 8)");

    const results = JSON.parse(await readFile(join(folder, "first", "results.json"), "utf8")) as Results;
    expect(results).toMatchObject({ formwork_bench: 1, kind: "tasks", complete: true });
    expect(results.samples).toHaveLength(8);
    expect(results.samples[0].stages).toMatchObject({ prefill: 2, decode: 4 });
    expect(results.samples[0].first_token_ms).toBeLessThan(results.samples[0].latency_ms);
    expect(await readFile(join(folder, "first", "summary.md"), "utf8")).toContain("| valid |");
    expect(await readFile(join(folder, "first", "report.html"), "utf8")).toContain("<!doctype html>");
  });

  it("lets several servers take turns", async () => {
    const [a, b] = [await serve(), await serve({ text: '{"name":"Bob"}' })];
    const results = await measure(a.url, "both", ["--url", b.url, "--runs", "1", "--concurrency", "1,3"]);
    expect(results.samples).toHaveLength(2 * 2 * 4);
    const totals = results.summaries.filter((one) => one.case === null);
    expect(totals.map((one) => [one.target === a.url, one.concurrency, one.correct?.value])).toEqual([
      [true, 1, 1],
      [false, 1, 0],
      [true, 3, 1],
      [false, 3, 0],
    ]);
    expect(totals.every((one) => one.valid.value === 1)).toBe(true);
  });

  it("refuses a cold server where it is not to warm it, and warms it otherwise", async () => {
    const cold = await serve({ status: { state: "idle", modelLoaded: false } });
    const refused = await bench([
      "tasks",
      "--suite",
      cases,
      "--url",
      cold.url,
      "--no-warm-up",
      "--out",
      "cold",
    ]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/is cold/);
    expect(cold.engine.requests).toHaveLength(0);
    const results = await measure(cold.url, "warmed", ["--runs", "1"]);
    expect(results.targets[0].warmup?.total_ms).toBeGreaterThanOrEqual(0);
  });

  it("keeps what it measured at Ctrl-C, and goes on with --resume", async () => {
    const { url, engine } = await serve({ delayMs: 2 });
    const interrupt = new AbortController();
    const enough = setInterval(() => {
      if (engine.requests.length >= 7) interrupt.abort(130);
    }, 1);
    const words = ["tasks", "--suite", cases, "--url", url, "--runs", "30"];
    const stopped = await bench([...words, "--out", "long"], interrupt.signal);
    clearInterval(enough);
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toMatch(/Interrupted: \d+ answers are kept.*--resume long/);
    const first = JSON.parse(await readFile(join(folder, "long", "results.json"), "utf8")) as Results;
    expect(first.complete).toBe(false);
    expect(first.samples.length).toBeGreaterThan(2);
    expect(first.samples.length).toBeLessThan(120);

    const resumed = await bench([...words, "--resume", "long"]);
    expect(resumed.exitCode).toBe(0);
    const whole = JSON.parse(await readFile(join(folder, "long", "results.json"), "utf8")) as Results;
    expect(whole.complete).toBe(true);
    expect(whole.samples).toHaveLength(120);
    expect(whole.samples.slice(0, first.samples.length)).toEqual(first.samples);
    const other = await bench([...words.slice(0, -1), "3", "--resume", "long"]);
    expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/measured something else/) });
  });

  it("says what is wrong with its flags", async () => {
    const wrong = async (...words: string[]) => {
      const { exitCode, stderr } = await bench(["tasks", "--out", "never", ...words]);
      expect(exitCode).toBe(2);
      return stderr;
    };
    expect(await wrong("--suite", "nothing")).toContain("ir-simple");
    expect(await wrong("--suite", cases, "--case", "zzz*")).toContain("No case matches zzz*");
    expect(await wrong("--concurrency", "0")).toContain("--concurrency takes whole numbers");
    expect(await wrong("--price", "cheap")).toContain("--price");
    expect(await wrong("--peer", "gpt")).toContain("--peer");
    expect(await wrong("--url", "http://127.0.0.1:9", "--url", "http://127.0.0.1:9")).toContain(
      "named twice",
    );
  });
});

describe("bench memory", () => {
  it("sends short requests to a server and reads what its metrics say of its processes", async () => {
    const { url, engine } = await serve();
    const words = [
      "memory",
      "--url",
      url,
      "--requests",
      "20",
      "--concurrency",
      "3",
      "--out",
      "memory",
      "--json",
    ];
    const { exitCode, stdout } = await bench(words);
    expect(exitCode).toBe(0);
    expect(engine.requests).toHaveLength(20);
    const line = JSON.parse(stdout);
    expect(line).toMatchObject({ bench: "memory", complete: true, sides: { formwork: { requests: 20 } } });
    expect(line.notes).toHaveLength(3);
    expect(line.notes[2]).toMatch(/^After 20 answers: engine [\d.]+ MB .* server [\d.]+ MB/);
  });
});

describe("bench baseline", () => {
  it("catches a slower server and wrong answers, and nothing in a result compared with itself", async () => {
    const fast = await serve({ delayMs: 4 });
    await measure(fast.url, "fast", ["--runs", "4"]);
    expect((await bench(["baseline", "save", "main", "fast/results.json"])).exitCode).toBe(0);
    const listed = await bench(["baseline", "list"]);
    expect(listed.stdout).toMatch(/main\s+Tasks: own-cases/);

    const slow = await serve({ delayMs: 120 });
    await measure(slow.url, "slow", ["--runs", "3"]);
    const slower = await bench(["baseline", "compare", "main", "slow/results.json", "--json"]);
    expect(slower.exitCode).toBe(1);
    const found = JSON.parse(slower.stdout).changes.filter(
      (one: { verdict: string }) => one.verdict === "regression",
    );
    expect(found.map((one: { metric: string }) => one.metric)).toContain("latency");

    const wrong = await serve({ delayMs: 4, text: '{"name":"Bob"}' });
    const words = [
      "tasks",
      "--suite",
      cases,
      "--url",
      wrong.url,
      "--out",
      "wrong",
      "--baseline",
      "baselines/main.json",
    ];
    const worse = await bench(words);
    expect(worse.exitCode).toBe(1);
    expect(worse.stdout).toMatch(/correctness\s+-100 points.*regression/);
    expect(await readFile(join(folder, "wrong", "report.html"), "utf8")).toMatch(/Against the baseline/);

    const same = await bench(["baseline", "compare", "main", "fast/results.json", "--out", "same.html"]);
    expect(same).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("No regression.") });
    expect(await readFile(join(folder, "same.html"), "utf8")).toContain("No regression.");
  });

  it("refuses names that are no names, files that are no results and unfinished runs", async () => {
    await writeFile(join(folder, "other.json"), "{}");
    expect((await bench(["baseline", "save", "x", "other.json"])).stderr).toContain("is not a results.json");
    expect((await bench(["baseline", "compare", "../x", "other.json"])).exitCode).toBe(2);
    const { url } = await serve();
    const results = await measure(url, "part", ["--runs", "1"]);
    await writeFile(join(folder, "part.json"), JSON.stringify({ ...results, complete: false }));
    expect((await bench(["baseline", "save", "x", "part.json"])).stderr).toContain("interrupted run");
    await writeFile(join(folder, "old.json"), JSON.stringify({ ...results, formwork_bench: 0 }));
    expect((await bench(["baseline", "save", "x", "old.json"])).stderr).toContain("has layout 0");
    expect((await bench(["baseline", "save", "../x", "part/results.json"])).stderr).toContain(
      "is not a name",
    );
    expect((await bench(["baseline", "list"])).stdout).toBe("No baselines yet.\n");
  });
});

describe("bench report", () => {
  it("puts results and the lines of bench masks on one page", async () => {
    const { url } = await serve();
    await measure(url, "one", ["--runs", "1"]);
    const times = { mean: 3, p50: 1, p90: 5, p99: 20 };
    const line = { engine: "formwork", schemas: 10, passing: 9, masks: 100, mask_us: times, ttfm_us: times };
    const peer = { ...line, engine: "llguidance", mask_us: { ...times, mean: 6 } };
    await writeFile(
      join(folder, "masks.ndjson"),
      `progress\n${JSON.stringify({ ...line, peers: [peer] })}\n`,
    );
    const { exitCode, stderr } = await bench([
      "report",
      "one/results.json",
      "masks.ndjson",
      "--out",
      "all.html",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const page = await readFile(join(folder, "all.html"), "utf8");
    for (const figure of ["Tasks: own-cases", "mask, mean against llguidance"]) {
      expect(page.includes(figure), figure).toBe(true);
    }
    const missing = await bench(["report", "nothing.json"]);
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("nothing.json") });
  });
});

describe("with the real model", () => {
  const before = process.env["FORMWORK_THREADS"];
  beforeAll(() => {
    process.env["FORMWORK_THREADS"] = "1";
  });
  afterAll(() => {
    if (before === undefined) delete process.env["FORMWORK_THREADS"];
    else process.env["FORMWORK_THREADS"] = before;
  });

  it("bench tasks measures the embedded engine, its cold start split by stage", async () => {
    const words = [
      "tasks",
      "--suite",
      cases,
      "--engine",
      "llama",
      "--threads",
      "1",
      "--runs",
      "1",
      "--cold",
      "1",
    ];
    const { exitCode, stderr } = await bench([...words, "--case", "*a*", "--out", "real"]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const results = JSON.parse(await readFile(join(folder, "real", "results.json"), "utf8")) as Results;
    expect(results.samples.map((one) => one.case)).toEqual(["Ada", "Lovelace"]);
    expect(results.samples.every((one) => one.valid && one.error === null)).toBe(true);
    expect(results.samples.every((one) => one.forced_tokens! > 0 && one.completion_tokens! > 3)).toBe(true);
    expect(Object.keys(results.cold_starts[0].stages)).toEqual(
      expect.arrayContaining(["load", "context", "warmup"]),
    );
    expect(results.cold_starts[0].total_ms).toBeGreaterThan(50);
  }, 240_000);
});
