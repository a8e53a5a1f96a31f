import { join } from "node:path";
import { readEventStream } from "../../http/index.js";
import { pythonEnvironment } from "../../system/index.js";
import type { Target, TargetAnswer, TargetRequest, WarmupTimes } from "../target.js";
import { failedAnswer } from "../targets/failedAnswer.js";
import { LineProcess } from "./lineProcess.js";
import { type PeerSettings, systemMessage } from "./settings.js";

/** The Python package with llama-server, pinned so that figures are comparable. */
const XLLAMACPP = "2026.10.11549";

// Everything else is llama-server's default.
const SERVER = `
import sys, json, xllamacpp
settings = json.loads(sys.argv[1])
params = xllamacpp.CommonParams()
params.model.path = settings["modelPath"]
params.n_parallel = settings["parallel"]
params.n_ctx = settings["contextLength"] * settings["parallel"]
params.cpuparams.n_threads = settings["threads"]
params.cpuparams_batch.n_threads = settings["threads"]
params.n_gpu_layers = 0
params.hostnames = ["127.0.0.1"]
params.port = 0
params.verbosity = 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
`;

/**
 * llama-server as a peer: the real server in a separate process, from a virtual environment created by the bench, used over HTTP like by its
 * users (`/v1/chat/completions` with `response_format`, streamed).
 */
export class LlamaServerTarget implements Target {
  readonly name = "llama-server";
  readonly kind = "llama-server";
  private readonly settings: PeerSettings;
  private process: LineProcess | undefined;
  private address = "";

  constructor(settings: PeerSettings) {
    this.settings = settings;
  }

  async describe(): Promise<Record<string, string | number>> {
    const { threads, parallel, contextLength } = this.settings;
    return { package: `xllamacpp ${XLLAMACPP}`, threads, parallel, context: contextLength };
  }

  async isWarm(): Promise<boolean> {
    return this.process !== undefined;
  }

  async warmup(): Promise<WarmupTimes> {
    if (this.process !== undefined) return { total_ms: 0, stages: {} };
    const { folder, python } = await pythonEnvironment(`xllamacpp==${XLLAMACPP}`, {
      folder: join(this.settings.cacheFolder, "python"),
    });
    const began = performance.now();
    const started = new LineProcess(this.name, python, ["-c", SERVER, JSON.stringify(this.settings)], folder);
    let line = "";
    while (!line.startsWith("http")) line = await started.next();
    this.address = line.trim();
    this.process = started;
    return { total_ms: performance.now() - began, stages: { load: performance.now() - began } };
  }

  async cool(): Promise<void> {
    await this.close();
  }

  async generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer> {
    const began = performance.now();
    let firstToken: number | null = null;
    let text = "";
    let finishReason: string | null = null;
    let last: Chunk = {};
    try {
      const response = await fetch(`${this.address}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(toBody(request, systemMessage(request, this.settings))),
        ...(signal === undefined ? {} : { signal }),
      });
      if (!response.ok || response.body === null) {
        const said = (await response.text()).slice(0, 300);
        return failedAnswer("upstream_error", `${response.status}: ${said}`, performance.now() - began);
      }
      for await (const { data } of readEventStream(response.body)) {
        if (data === "[DONE]") break;
        const chunk = JSON.parse(data) as Chunk;
        const choice = chunk.choices?.[0];
        const piece = choice?.delta?.content;
        if (piece) {
          firstToken ??= performance.now() - began;
          text += piece;
        }
        finishReason = choice?.finish_reason ?? finishReason;
        if (chunk.usage !== undefined) last = chunk;
      }
    } catch (thrown) {
      signal?.throwIfAborted();
      return failedAnswer("upstream_error", (thrown as Error).message, performance.now() - began);
    }
    const { usage, timings } = last;
    return {
      text,
      error: null,
      latency_ms: performance.now() - began,
      first_token_ms: firstToken,
      prompt_tokens: usage?.prompt_tokens ?? null,
      cached_tokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
      completion_tokens: usage?.completion_tokens ?? null,
      forced_tokens: null,
      attempts: 1,
      finish_reason: finishReason,
      stages: timings === undefined ? {} : { prefill: timings.prompt_ms, decode: timings.predicted_ms },
    };
  }

  async close(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    await process?.close();
  }
}

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number };
  };
  timings?: { prompt_ms: number; predicted_ms: number };
}

function toBody(request: TargetRequest, system: string | undefined) {
  const { prompt, schema, maxTokens, temperature, topP, seed, constraint } = request;
  return {
    messages: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      { role: "user", content: prompt },
    ],
    ...(constraint === "free"
      ? {}
      : { response_format: { type: "json_schema", json_schema: { name: "document", schema } } }),
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    // No filter that the other side does not apply.
    top_k: 0,
    min_p: 0,
    seed,
    stream: true,
    stream_options: { include_usage: true },
  };
}
