import { LLAMA_SERVER, OPENAI, SGLANG, VLLM } from "../relax/capabilities.js";
import { formwork } from "./formwork.js";
import { openAiProtocol } from "./openAi.js";
import type { Protocol, RemoteKind, UpstreamCall } from "./protocol.js";

/** What vLLM and SGLang take that OpenAI does not. Usage with every chunk: known too when the stream breaks or is left. */
function beyondOpenAi({ sampling }: UpstreamCall): Record<string, unknown> {
  return {
    stream_options: { include_usage: true, continuous_usage_stats: true },
    ...(sampling.topK > 0 ? { top_k: sampling.topK } : {}),
    ...(sampling.minP > 0 ? { min_p: sampling.minP } : {}),
    ...(sampling.repetitionPenalty === 1 ? {} : { repetition_penalty: sampling.repetitionPenalty }),
  };
}

/** `response_format` is honoured; the older `guided_json` is ignored without a word. */
const vllm = openAiProtocol({
  kind: "vllm",
  capabilities: VLLM,
  readyPath: "/health",
  extra: beyondOpenAi,
});

const sglang = openAiProtocol({
  kind: "sglang",
  capabilities: SGLANG,
  readyPath: "/health",
  extra: beyondOpenAi,
});

/** Its own defaults (40 for `top_k`, 0.05 for `min_p`) are not ours, so everything is said. */
const llamaServer = openAiProtocol({
  kind: "llama-server",
  capabilities: LLAMA_SERVER,
  readyPath: "/health",
  // Seen to close one request in twenty-five right after the answer before it.
  keepsConnections: false,
  extra: ({ sampling }) => ({
    top_k: sampling.topK,
    min_p: sampling.minP,
    repeat_penalty: sampling.repetitionPenalty,
    // It takes 32 bits, the last number of which means "any".
    seed: sampling.seed % 0xffff_ffff,
    cache_prompt: true,
  }),
});

const openai = openAiProtocol({
  kind: "openai",
  capabilities: OPENAI,
  readyPath: "/v1/models",
  extra: () => ({}),
});

export const PROTOCOLS: Readonly<Record<RemoteKind, Protocol>> = {
  vllm,
  sglang,
  "llama-server": llamaServer,
  openai,
  formwork,
};
