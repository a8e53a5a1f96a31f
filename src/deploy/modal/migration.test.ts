import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModalCommandLine, modalCommandLine } from "./commandLine.js";
import { proposeMigration } from "./migration.js";

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
  const file = fileURLToPath(new URL("../testing/apps/older_app.py", import.meta.url));
  const { options, endpoints, clients, notes } = await proposeMigration(modal, file);
  expect(options).toEqual({
    app: "ir-generator",
    engine: "vllm",
    model: "Qwen/Qwen2.5-Coder-7B-Instruct",
    contextLength: 8192,
    mode: "prod",
    minContainers: 1,
    concurrency: 12,
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
  expect(notes.join("\n")).toContain("timeout=600 is not carried over");
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
