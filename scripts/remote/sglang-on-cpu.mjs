#!/usr/bin/env node
// Runs SGLang on the CPU with Formwork's default model, to test the sglang engine without a GPU. Only its kernels are
// replaced, by torch's operations.
//
//   node scripts/remote/sglang-on-cpu.mjs [--port 8200] [--key KEY] [--plugin] [--reasoning] [-- ARGUMENTS...]
// --plugin: use Formwork's constraint engine as the backend (docs/plugins.md). --reasoning: serve the model as one that
// reasons; it never ends its reasoning by itself. ARGUMENTS are passed on to the server.
//
// The first run downloads about 6 GB of Python packages into Formwork's cache. Starting takes about two minutes; Ctrl-C
// stops the server. Needs Linux on x64, uv (https://docs.astral.sh/uv/) and a built project (npm run build).

import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveModel } from "../../dist/models/index.js";
import { huggingFaceFolder, pluginFolder, pythonEnvironment, reasoningFolder, serve } from "./onCpu.mjs";

const PACKAGES = ["sglang==0.5.23", "gguf==0.19.0", "safetensors==0.8.0"];
/** Dependencies that are only needed for GPUs, images and sound. */
const NOT_NEEDED = [
  ...["cuda-python", "decord2", "deepseek-recipe", "flash-attn-4", "flashinfer-python", "humming-kernels"],
  ...["kernels", "mistral-common", "nvidia-cutlass-dsl", "nvidia-mathdx", "nvshmem4py-cu13", "quack-kernels"],
  ...[
    "sgl-deep-ep",
    "sgl-deep-gemm",
    "sgl-flash-mla",
    "sglang-kernel",
    "smg-grpc-servicer",
    "tilelang",
    "timm",
  ],
  ...["tml-renderers", "torch-memory-saver", "torchaudio", "torchcodec"],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8200" },
    key: { type: "string" },
    plugin: { type: "boolean", default: false },
    reasoning: { type: "boolean", default: false },
  },
});
const nowhere = NOT_NEEDED.map((name) => `${name}; sys_platform == "none"`);
const python = join(await pythonEnvironment(PACKAGES, nowhere), "bin", "python");
const plain = await huggingFaceFolder(python, await resolveModel());
const folder = values.reasoning ? await reasoningFolder(plain) : plain;

await serve({
  kind: "sglang",
  title: "SGLang",
  url: `http://127.0.0.1:${values.port}`,
  python,
  args: [
    ...["-m", "sglang.launch_server", "--device", "cpu", "--attention-backend", "torch_native"],
    ...[
      "--model-path",
      folder,
      "--served-model-name",
      "smollm2",
      "--host",
      "127.0.0.1",
      "--port",
      values.port,
    ],
    ...["--context-length", "2048", "--max-running-requests", "32", "--max-total-tokens", "16384"],
    ...["--dtype", "float32", "--disable-overlap-schedule", "--sleep-on-idle"],
    ...(values.plugin ? ["--grammar-backend", "formwork"] : []),
    ...(values.reasoning ? ["--reasoning-parser", "deepseek-r1"] : []),
    ...(values.key === undefined ? [] : ["--api-key", values.key]),
    ...positionals,
  ],
  env: {
    SGLANG_USE_CPU_ENGINE: "1",
    PYTHONPATH: [join(import.meta.dirname, "sglang"), ...(values.plugin ? [pluginFolder] : [])].join(":"),
  },
});
