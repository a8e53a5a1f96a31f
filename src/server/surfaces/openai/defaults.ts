import type { Fields } from "../../bodyFields.js";

/** Members sent by clients of OpenAI, vLLM, SGLang and llama-server, with the values that match the default behaviour. */
const DONE_ANYWAY: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  add_special_tokens: [false],
  best_of: [1],
  cache_prompt: [true],
  early_stopping: [false],
  echo: [false],
  ignore_eos: [false],
  include_stop_str_in_output: [false],
  length_penalty: [1],
  min_tokens: [0],
  no_stop_trim: [false],
  priority: [0],
  reasoning_format: ["auto", "deepseek"],
  return_token_ids: [false],
  return_tokens_as_token_ids: [false],
  separate_reasoning: [true],
  service_tier: ["auto", "default"],
  skip_special_tokens: [true],
  spaces_between_special_tokens: [true],
  store: [false],
  stream_reasoning: [true],
  truncation: ["disabled"],
  use_beam_search: [false],
  verbosity: ["medium"],
};

/** Marks members as supported if their value matches the default behaviour. */
export function concedeDefaults(fields: Fields): void {
  for (const [name, values] of Object.entries(DONE_ANYWAY)) fields.concede(name, ...values);
  fields.object("stream_options")?.concede("include_obfuscation", false);
}
