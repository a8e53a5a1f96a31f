import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { cacheFolder, resolveModel } from "../../../models/index.js";

/** The package that carries llama-server as a Python module. */
const PACKAGE = "xllamacpp==2026.10.11549";

// One thread: several that wait for each other crawl where other processes share the processors.
const PROGRAM = `
import sys, json, xllamacpp
settings = json.loads(sys.argv[1])
params = xllamacpp.CommonParams()
params.model.path = settings["modelPath"]
params.model_alias = {"small"}
params.api_keys = [settings["apiKey"]]
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.n_parallel = 2
params.n_ctx = 4096
params.n_gpu_layers = 0
params.endpoint_slots = True
params.hostnames = ["127.0.0.1"]
params.port = 0
params.verbosity = 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
`;

export interface LlamaServer {
  url: string;
  apiKey: string;
  /** Requests that the server is decoding right now. */
  busySlots(): Promise<number>;
  /** At once, whatever it is doing. */
  kill(): Promise<void>;
}

/** A real llama-server on a free port with the default model, from a virtual environment made once and kept. */
export async function startLlamaServer(): Promise<LlamaServer> {
  const [python, model] = await Promise.all([pythonWithServer(), resolveModel()]);
  const apiKey = "a key of the test";
  const settings = JSON.stringify({ modelPath: model.path, apiKey });
  const child = spawn(python, ["-c", PROGRAM, settings], { stdio: ["pipe", "pipe", "ignore"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("http")) resolve(line.trim());
    });
    child.once("close", (code) => reject(new Error(`llama-server ended with ${code}`)));
  });
  return {
    url,
    apiKey,
    async busySlots() {
      const response = await fetch(`${url}/slots`, { headers: { authorization: `Bearer ${apiKey}` } });
      const slots = (await response.json()) as { is_processing: boolean }[];
      return slots.filter((slot) => slot.is_processing).length;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The Python of an environment that has the server; it appears under its name only when it is complete. */
async function pythonWithServer(): Promise<string> {
  const folder = join(cacheFolder(), "python", PACKAGE.replace("==", "-"));
  const python = join("bin", "python");
  if (existsSync(folder)) return join(folder, python);
  const run = promisify(execFile);
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(join(cacheFolder(), "python"), { recursive: true });
  try {
    if (await run("uv", ["--version"]).then(Boolean, () => false)) {
      await run("uv", ["venv", "--quiet", "--relocatable", draft]);
      await run("uv", ["pip", "install", "--quiet", "--python", join(draft, python), PACKAGE]);
    } else {
      await run("python3", ["-m", "venv", draft]);
      await run(join(draft, python), ["-m", "pip", "install", "--quiet", PACKAGE]);
    }
    await rename(draft, folder);
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw thrown;
  }
  return join(folder, python);
}
