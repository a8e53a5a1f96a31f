import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cacheFolder } from "../../models/index.js";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { pythonEnvironment } from "../python/environment.js";
import { MODAL_VERSIONS } from "../testing/fakeModal.js";
import { freePort } from "../testing/freePort.js";
import { modalCommandLine } from "./commandLine.js";
import { modalSettings } from "./settings.js";
import { renderApp } from "./template.js";

// llama-server, which serves the same routes as vLLM, out of the Python package that carries it.
const LLAMA_SERVER = `
import sys, xllamacpp
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
import signal
signal.pause()
`;

let folder: string;
let container: ChildProcess;
let lines: Interface;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-lifecycle-"));
  const app = join(folder, "modal_app.py");
  writeFileSync(app, renderApp(modalSettings({}), "9.9.9"));
  const peers = { folder: join(cacheFolder(), "python", "deploy") };
  const [llama, model, modal] = await Promise.all([
    pythonEnvironment("xllamacpp==2026.10.11549", peers),
    defaultModelPath(),
    modalCommandLine({ version: MODAL_VERSIONS.at(-1)! }),
  ]);
  const enginePort = await freePort();
  port = await freePort();
  const changes = {
    program: [
      process.execPath,
      fileURLToPath(new URL("../../../dist/deploy/modal/entrypoint/main.js", import.meta.url)),
    ],
    container: {
      ...{ engine: "llama-server", engineUrl: `http://127.0.0.1:${enginePort}`, model: "small", port },
      ...{ controlPort: await freePort(), bootSeconds: 150, drainSeconds: 10 },
      command: [llama.python, "-c", LLAMA_SERVER, model, String(enginePort)],
    },
  };
  const program = fileURLToPath(new URL("../testing/runContainer.py", import.meta.url));
  container = spawn(modal.python[0]!, [program, app, JSON.stringify(changes)], {
    // Answers come by a way of their own: standard output is the container's log, as on Modal.
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  lines = createInterface({ input: container.stdio[3] as Readable });
});
afterAll(() => {
  container?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Has the app do something; resolves with its answer. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes.
async function ask(word: string): Promise<any> {
  const line = once(lines, "line") as Promise<[string]>;
  container.stdin!.write(`${word}\n`);
  const { answer, error } = JSON.parse((await line)[0]) as { answer?: unknown; error?: string };
  if (error !== undefined) throw new Error(error);
  return answer;
}

const address = (path: string) => `http://127.0.0.1:${port}${path}`;

test("a container starts cold, proves itself, generates and drains", { timeout: 300_000 }, async () => {
  expect(await ask("/health")).toMatchObject({
    status: 200,
    body: { status: "healthy", engine: "idle", model_loaded: false, containers: { warm: 0, loading: 0 } },
  });

  const entering = ask("enter");
  await expect(fetch(address("/health"))).rejects.toThrow();
  expect(await entering).toEqual({ commits: 1 });

  expect(await ask("/health")).toMatchObject({
    body: {
      ...{ engine: "ready", model_loaded: true, version: "9.9.9", containers: { warm: 1, loading: 0 } },
      last_cold_start: { seconds: expect.any(Number) },
    },
  });
  expect(await ask("/other")).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await ask("/health POST")).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });

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

  const { state, program } = await ask("exit");
  expect(Object.keys(state)).toEqual(["last cold start"]);
  expect(program).toBe(0);
  await expect(fetch(address("/health"))).rejects.toThrow();
});
