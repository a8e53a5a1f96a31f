import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { resolveModel } from "../../../models/index.js";
import { pythonEnvironment } from "../../../system/index.js";

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
  const [{ python }, model] = await Promise.all([pythonEnvironment(PACKAGE), resolveModel()]);
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
