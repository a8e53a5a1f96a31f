import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModalCommandLine, modalCommandLine } from "../commandLine.js";
import { proposeMigration } from "./index.js";

let modal: ModalCommandLine;
let folder: string;
beforeAll(async () => {
  modal = await modalCommandLine();
  folder = await mkdtemp(join(tmpdir(), "formwork-migration-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The proposal for an app file with this text. */
function propose(text: string) {
  const file = join(folder, "app.py");
  writeFileSync(file, text);
  return proposeMigration(modal, file);
}

test("an app with a class of endpoints and a function for health is taken over", async () => {
  const file = fileURLToPath(new URL("../../testing/apps/older_app.py", import.meta.url));
  const { options, endpoints, clients, notes } = await proposeMigration(modal, file);
  expect(options).toEqual({
    app: "ir-generator",
    engine: "vllm",
    model: "Qwen/Qwen2.5-Coder-7B-Instruct",
    contextLength: 8192,
    mode: "prod",
    minContainers: 1,
    concurrency: 12,
    requestTimeout: 600,
    gpu: "A100-80GB:2",
    secrets: ["huggingface-secret"],
  });
  expect(endpoints).toEqual([
    {
      before: "POST https://WORKSPACE--ir-generator-generator-generate.modal.run",
      after: "POST https://WORKSPACE--ir-generator-inference.REGION.modal.direct/generate",
    },
    {
      before: "GET https://WORKSPACE--warm-it.modal.run",
      after: "GET https://WORKSPACE--ir-generator-inference.REGION.modal.direct/warmup",
    },
    {
      before: "GET https://WORKSPACE--ir-generator-health.modal.run",
      after: "GET https://WORKSPACE--ir-generator-health.modal.run/health",
    },
  ]);
  expect(clients.join("\n")).toContain("Modal-Key and Modal-Secret");
  expect(notes.join("\n")).toContain("model-weights");
});

test("older spellings, names bound elsewhere and several GPUs", async () => {
  const { options } = await propose(`
import modal
GPUS = ["h100", "a100-80gb"]
IDLE: int = 2 * 60 + 25
stub = modal.Stub("old")
cache = modal.Volume.from_name("hub-cache")
PATH = "/root/.cache/huggingface"
@stub.cls(gpu=GPUS, container_idle_timeout=IDLE, keep_warm=2, concurrency_limit=4, allow_concurrent_inputs=8,
          volumes={PATH: cache}, image=modal.Image.debian_slim().pip_install("sglang[all]"))
class Model:
    model_id = "x"
    @modal.web_endpoint(method="POST", requires_proxy_auth=True)
    def infer(self, body: dict):
        return AutoModel.from_pretrained("org/model")
`);
  expect(options).toEqual({
    ...{ app: "old", engine: "sglang", model: "org/model", mode: "prod", scaledownWindow: 145 },
    ...{ minContainers: 2, maxContainers: 4, concurrency: 8, gpu: ["h100", "a100-80gb"] },
    volumes: { models: "hub-cache" },
  });
});

/** What people deploy today: a server class around `vllm serve`, with modes by if and else. */
const SERVE_APP = `
import os, subprocess, modal
MODE = os.environ.get("MODE", "prod")
if MODE == "dev":
    SCALEDOWN = 120
elif MODE == "demo":
    SCALEDOWN = 600
else:
    SCALEDOWN = 300
COUNT = 2 if MODE == "prod" else 1
MODEL_NAME = "Qwen/Qwen3-32B"
PROMPT_TEMPLATE = "You are a compiler. {request}"
image = modal.Image.from_registry("nvidia/cuda:12").uv_pip_install("vllm==0.10").env({"HF_HOME": "/weights"})
app = modal.App("serve-it")
weights = modal.Volume.from_name("hub")

@app.server(image=image, gpu=f"H100:{COUNT}", volumes={"/weights": weights}, port=8000, target_concurrency=24,
            routing_region="eu-west", scaledown_window=SCALEDOWN, unauthenticated=True, cpu=8.0, memory=32768,
            exit_grace_period=20)
class Chat:
    @modal.enter()
    def start(self):
        command = ["vllm", "serve", MODEL_NAME, "--max-model-len", "16384", "--gpu-memory-utilization", "0.92",
                   "--lora-modules", "sql=x/y", "law=z/w", "--chat-template", "/t.jinja"]
        if MODE == "prod":
            command += ["--enforce-eager", "--served-model-name", "chat", "--api-key", "secret"]
        else:
            command += ["--no-enforce-eager", "--seed", "1"]
        command.append("--no-enable-prefix-caching")
        command.append("--trust-remote-code")
        command.extend(["--tensor-parallel-size", str(COUNT), "--quantization", "awq", "--dtype=half"])
        command.extend(["--max-num-seqs", "64", "--swap-space", "4"])
        subprocess.Popen(" ".join(command), shell=True)

@app.cls(gpu="L4")
class Embedder:
    @modal.fastapi_endpoint(method="POST")
    def embed(self, body: dict):
        return []
`;

test("a server around `vllm serve`: every option is carried over or named", async () => {
  const { options, endpoints, clients, notes } = await propose(SERVE_APP);
  expect(options).toEqual({
    ...{ app: "serve-it", engine: "vllm", model: "Qwen/Qwen3-32B", mode: "prod", gpu: "H100:2" },
    ...{ contextLength: 16384, concurrency: 64, targetConcurrency: 24, memoryUtilization: 92, eager: true },
    ...{ dtype: "float16", quantization: "awq", trustRemoteCode: true, adapters: ["sql=x/y", "law=z/w"] },
    ...{ region: "eu-west", unauthenticated: true, exitGracePeriod: 20, cpu: 8, memory: 32768 },
    volumes: { models: "hub" },
  });
  expect(endpoints[0]).toEqual({
    before: "https://WORKSPACE--serve-it-chat.eu-west.modal.direct/...",
    after: "https://WORKSPACE--serve-it-inference.eu-west.modal.direct/... (the same paths below /v1)",
  });
  const text = notes.join("\n");
  expect(text).toMatch(/Chat is taken; Embedder asks for a GPU as well/);
  expect(text).toMatch(/PROMPT_TEMPLATE is not carried over/);
  expect(text).toMatch(/chat_template=.*--engine-argument --chat-template/);
  expect(text).toMatch(
    /swap_space=4 is not carried over: .*--engine-argument --swap-space --engine-argument 4/,
  );
  expect(text).toMatch(/MODE was read as "prod", its default in the file/);
  expect(text).toContain("--engine-argument --no-enable-prefix-caching if");
  expect(text).not.toContain("seed");
  expect(clients.join("\n")).toMatch(/POST \/.* answers as/);
  expect(clients.join("\n")).toContain("need no credentials, as before");
  expect(clients.join("\n")).toContain("FORMWORK_SERVED_MODEL_NAME=chat");
  expect(clients.join("\n")).toContain("The key of --api-key is not carried over");
});

test("another value of the variable takes the other branch", async () => {
  const { options, clients } = await propose(SERVE_APP.replace('"prod")', '"dev")'));
  expect(options).toMatchObject({ mode: "dev", gpu: "H100:1", eager: false });
  expect(clients.join("\n")).not.toContain("FORMWORK_SERVED_MODEL_NAME");
});

test.each([
  [
    "a web server of a function",
    `@app.function(gpu="L4", image=image)\n@modal.web_server(8000)\ndef serve():\n`,
  ],
  [
    "a command in one text",
    `@app.cls(gpu="L4", image=image)\nclass Server:\n    @modal.web_server(8000)\n    def serve(self):\n`,
  ],
])("SGLang started by %s", async (_, head) => {
  const { options, endpoints } = await propose(`
import subprocess, modal
image = modal.Image.debian_slim().pip_install("sglang[all]").env({"HF_HUB_CACHE": "/cache/hub"})
app = modal.App("s")
${head}        subprocess.Popen("python -m sglang.launch_server --model-path org/m --context-length 4096 --mem-fraction-static 0.8", shell=True)
`);
  expect(options).toMatchObject({
    engine: "sglang",
    model: "org/m",
    contextLength: 4096,
    memoryUtilization: 80,
  });
  expect(endpoints[0]!.after).toMatch(/same paths below \/v1/);
});

test("what cannot be known without running the file is said", async () => {
  const { options, notes } = await propose(`
import os, modal
app = modal.App(os.environ["NAME"])
@app.function(gpu=os.environ["GPU"])
@modal.asgi_app()
def generate():
    return None
`);
  expect(options).toEqual({ engine: "vllm", mode: "prod" });
  expect(notes.join("\n")).toMatch(/No model name was found/);
  expect(notes.join("\n")).toMatch(/GPU cannot be read.*os\.environ/);
});

test("a file that is no such app, and one that is no Python, are refused", async () => {
  await expect(propose("import modal\n")).rejects.toMatchObject({ code: "invalid_request" });
  await expect(propose("def (:\n")).rejects.toThrow(/SyntaxError/);
});

test("whatever a decorator, the sampling parameters, a schedule or the image says is carried over or named", async () => {
  const values: Readonly<Record<string, string>> = {
    ...{ min_containers: "1 if os.getenv('PROD') else 0", max_containers: "7", buffer_containers: "2" },
    ...{ scaleup_window: "30", retries: "3", cloud: '"aws"', proxy: "None", block_network: "True" },
    ...{ h2_enabled: "True", nonpreemptible: "True", something_new: "[1, 2]", timeout: "900" },
  };
  const { options, notes } = await propose(`
import os, modal
app = modal.App("all")
image = modal.Image.debian_slim().pip_install("vllm").env({"VLLM_ATTENTION_BACKEND": "FLASHINFER"})
@app.cls(gpu="L4", ${Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ")})
@modal.concurrent(max_inputs=16, target_inputs=12)
class Model:
    @modal.enter()
    def load(self):
        self.llm = LLM(model="org/model", speculative_config={"method": "ngram", "num_speculative_tokens": 4})
    @modal.fastapi_endpoint(method="POST")
    def generate(self, body: dict):
        return self.llm.generate(body["prompt"], SamplingParams(max_tokens=2048, temperature=body["temperature"]))
@app.function(schedule=modal.Cron("*/5 8-18 * * 1-5"))
def ping():
    Model().generate.remote({})
`);
  expect(options).toEqual({
    ...{ app: "all", engine: "vllm", model: "org/model", mode: "prod", gpu: "L4" },
    ...{ maxContainers: 7, bufferContainers: 2, requestTimeout: 900, concurrency: 16, targetConcurrency: 12 },
  });
  const text = notes.join("\n");
  expect(text).toMatch(
    /min_containers=1 if os.getenv\('PROD'\) else 0 is known only .*: set modal\.minContainers/,
  );
  for (const name of ["scaleup_window", "retries", "cloud", "block_network", "h2_enabled", "nonpreemptible"])
    expect(text).toMatch(new RegExp(`${name}=.* is not carried over`));
  expect(text).toContain("something_new=[1,2] is not carried over");
  expect(text).toContain('--engine-argument --speculative-config --engine-argument \'{"method":"ngram"');
  expect(text).toContain("max_tokens=2048 of the sampling parameters");
  expect(text).toMatch(/ping runs on the schedule modal\.Cron\('\*\/5 8-18 \* \* 1-5'\).*--keep-warm/);
  expect(text).toContain('VLLM_ATTENTION_BACKEND="FLASHINFER"');
});

test("figures that a deployment does not take are named, not thrown", async () => {
  const { options, notes } = await propose(`
import modal
app = modal.App("My App_2")
@app.cls(gpu="A100", timeout=24*3600, allow_concurrent_inputs=2000, min_containers=5, max_containers=3)
class Model:
    @modal.web_endpoint(method="POST")
    def generate(self, body: dict):
        return LLM(model="org/model")
`);
  const text = notes.join("\n");
  expect(text).toMatch(/concurrency=2000 is not carried over: .*1 to 1000/);
  for (const key of ["concurrency", "app"]) expect(options).not.toHaveProperty(key);
  expect(text).toMatch(/app="My App_2" is not carried over/);
});
