import { LLAMA_SERVER, OPENAI, SGLANG, VLLM } from "../relax/capabilities.js";
import { formwork } from "./formwork.js";
import { openAiProtocol } from "./openAi.js";
import type { Protocol, RemoteKind, UpstreamCall } from "./protocol.js";

/** Fields of vLLM and SGLang beyond OpenAI's. Usage with every chunk, so that it is known if the stream breaks or is cancelled. */
function beyondOpenAi({ sampling }: UpstreamCall): Record<string, unknown> {
  return {
    stream_options: { include_usage: true, continuous_usage_stats: true },
    ...(sampling.topK > 0 ? { top_k: sampling.topK } : {}),
    ...(sampling.minP > 0 ? { min_p: sampling.minP } : {}),
    ...(sampling.repetitionPenalty === 1 ? {} : { repetition_penalty: sampling.repetitionPenalty }),
  };
}

/** `response_format` is enforced; the older `guided_json` is silently ignored. */
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

/** Its defaults (40 for `top_k`, 0.05 for `min_p`) differ from Formwork's, so all settings are sent. */
const llamaServer = openAiProtocol({
  kind: "llama-server",
  capabilities: LLAMA_SERVER,
  readyPath: "/health",
  // Observed to close the connection of one request in twenty-five right after the previous answer.
  keepsConnections: false,
  extra: ({ sampling }) => ({
    top_k: sampling.topK,
    min_p: sampling.minP,
    repeat_penalty: sampling.repetitionPenalty,
    // It has 32 bits; the largest value means "random".
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
