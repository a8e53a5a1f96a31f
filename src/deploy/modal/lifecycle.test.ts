import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { cacheFolder, pythonEnvironment } from "../../system/index.js";
import { ContainerRun } from "../testing/containerRun.js";
import { MODAL_VERSIONS } from "../testing/fakeModal.js";
import { freePort } from "../testing/freePort.js";

// llama-server, which serves the same routes as vLLM, out of the Python package that carries it.
const LLAMA_SERVER = `
import signal, sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {"small"}
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.n_parallel = 1
params.n_ctx = 2048
params.n_gpu_layers = 0
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[2])
params.verbosity = 0
server = xllamacpp.Server(params)
signal.pause()
`;

let run: ContainerRun | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await run?.close();
});

/** Free ports, and the app's settings for them. */
async function ports() {
  const [engine, port, controlPort] = [await freePort(), await freePort(), await freePort()];
  return {
    engine,
    port,
    container: { engineUrl: `http://127.0.0.1:${engine}`, port, controlPort, drainSeconds: 10 },
  };
}

test("a container starts cold, proves itself, generates and drains", { timeout: 300_000 }, async () => {
  const [llama, model] = await Promise.all([
    pythonEnvironment("xllamacpp==2026.10.11549", { folder: join(cacheFolder(), "python", "deploy") }),
    defaultModelPath(),
  ]);
  const { engine, port, container } = await ports();
  const command = [llama.python, "-c", LLAMA_SERVER, model, String(engine)];
  const here = { ...container, command, engine: "llama-server", model: "small", bootSeconds: 150 };
  run = await ContainerRun.start(MODAL_VERSIONS.at(-1)!, {}, here);
  const address = (path: string) => `http://127.0.0.1:${port}${path}`;

  expect(await run.ask("/health")).toMatchObject({
    status: 200,
    body: { status: "healthy", engine: "idle", model_loaded: false, containers: { warm: 0, loading: 0 } },
  });

  const entering = run.ask("enter");
  await expect(fetch(address("/health"))).rejects.toThrow();
  expect(await entering).toEqual({ commits: 1 });

  expect(await run.ask("/health")).toMatchObject({
    body: {
      ...{ engine: "ready", model_loaded: true, version: "9.9.9", containers: { warm: 1, loading: 0 } },
      last_cold_start: { seconds: expect.any(Number), kind: "start", stages: { engine: expect.any(Number) } },
    },
  });
  expect((await fetch(address("/ready"))).status).toBe(200);
  const answer = await fetch(address("/generate"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      prompt: "Is the sky blue?",
      schema: {
        type: "object",
        properties: { answer: { enum: ["yes", "no"] } },
        required: ["answer"],
        additionalProperties: false,
      },
    }),
  });
  expect(answer.status).toBe(200);
  const { output } = (await answer.json()) as { output: { answer: string } };
  expect(output.answer).toMatch(/^(yes|no)$/);

  const { state, program } = await run.ask("exit");
  expect(state["ta-here"].state).toBe("draining");
  expect(program).toBe(0);
  expect(await run.ask("/health")).toMatchObject({ body: { engine: "idle", containers: { warm: 0 } } });
  await expect(fetch(address("/health"))).rejects.toThrow();
});

test("Formwork's own engine loads the file of the volume, proves itself and serves", {
  timeout: 200_000,
}, async () => {
  const model = await defaultModelPath();
  const { port, container } = await ports();
  const [file, folder] = [basename(model), dirname(model)];
  run = await ContainerRun.start(
    MODAL_VERSIONS.at(-1)!,
    { engine: "llama", model: `hf:a/b/${file}`, concurrency: 2, contextLength: 1024 },
    { ...container, engineUrl: `http://127.0.0.1:${port}`, bootSeconds: 150 },
    { path: folder, files: { [file]: statSync(model).size } },
  );
  expect(await run.ask("enter")).toEqual({ commits: 1 });
  expect(await run.ask("/health")).toMatchObject({
    body: {
      ...{ engine: "ready", model_loaded: true },
      last_cold_start: { stages: { serve: expect.any(Number), inference: expect.any(Number) } },
    },
  });
  const listing = await fetch(`http://127.0.0.1:${port}/v1/models`);
  const names = (await listing.json()) as { data: { id: string }[] };
  expect(names.data.map(({ id }) => id)).toContain(`hf:a/b/${file}`);
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "Is the sky blue?", schema: { enum: ["yes", "no"] } }),
  });
  expect(await answer.json()).toMatchObject({ output: expect.stringMatching(/^(yes|no)$/) });
  expect(await run.ask("exit")).toMatchObject({ program: 0 });
});

/** A run with an engine and a server that cost nothing; `log` holds what they were asked. */
async function startStandIn(version: string, snapshot: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "formwork-stand-in-"));
  const log = join(folder, "log");
  writeFileSync(log, "");
  const { engine, port, container } = await ports();
  const program = (name: string, at: number) => [
    process.execPath,
    fileURLToPath(new URL(`../testing/${name}`, import.meta.url)),
    ...[String(at), log],
  ];
  run = await ContainerRun.start(
    version,
    { snapshot },
    {
      ...{ ...container, engine: "vllm", bootSeconds: 60 },
      ...{ command: program("standInEngine.mjs", engine), serveCommand: program("standInServer.mjs", port) },
    },
  );
  const lines = () => readFileSync(log, "utf8").trim().split("\n");
  return {
    run,
    events: () => lines().filter((line, index, all) => line !== all[index - 1]),
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test.each(MODAL_VERSIONS)(
  "modal %s: with a snapshot the engine sleeps between the two hooks",
  async (version) => {
    const { run, events, forget } = await startStandIn(version, true);
    expect(await run.ask("enter")).toEqual({ commits: 1 });
    expect(events()).toEqual([
      ...["engine /v1/chat/completions", "engine /sleep?level=1", "engine /wake_up"],
      ...["engine /v1/chat/completions", "server starts"],
    ]);
    expect(await run.ask("exit")).toMatchObject({ program: 0 });
    expect(events().slice(-2)).toEqual(["server drains", "server ends"]);
    forget();
  },
);

test("an engine that cannot start fails the start with its last words", async () => {
  vi.stubEnv("STAND_IN", "dies");
  const { run, forget } = await startStandIn(MODAL_VERSIONS.at(-1)!, false);
  await expect(run.ask("enter")).rejects.toThrow(
    /ended with status 3 before it was ready[\s\S]*CUDA out of memory/,
  );
  expect(await run.ask("/health")).toMatchObject({ body: { engine: "failed", model_loaded: false } });
  forget();
});

test("health counts only containers that spoke within the last minute, and answers nothing else", async () => {
  const { run, forget } = await startStandIn(MODAL_VERSIONS.at(-1)!, false);
  const now = Date.now() / 1000;
  await run.ask(`put ta-gone {"state": "ready", "seen": ${now - 90}}`);
  expect(await run.ask("/health")).toMatchObject({ body: { engine: "idle", containers: { warm: 0 } } });
  await run.ask(`put ta-failed {"state": "failed", "seen": ${now}}`);
  expect(await run.ask("/health")).toMatchObject({ body: { engine: "failed" } });
  expect(await run.ask("/health")).toMatchObject({ body: { engine: "failed" } });
  await run.ask(
    `put ta-loading {"state": "loading", "stage": "engine", "began": ${now - 400}, "seen": ${now}}`,
  );
  expect(await run.ask("/health")).toMatchObject({
    body: {
      engine: "loading",
      containers: { loading: 1 },
      start: { stage: "engine", elapsed_seconds: expect.closeTo(400, -1), expected_seconds: 183 },
    },
  });
  await run.ask(`put ta-ready {"state": "ready", "seen": ${now}}`);
  expect(await run.ask("/health")).toMatchObject({
    body: { engine: "ready", model_loaded: true, containers: { warm: 1, loading: 1 } },
  });
  expect(await run.ask("/other")).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await run.ask("/health POST")).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
  forget();
});
