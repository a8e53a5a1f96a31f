import type { JsonSchema } from "../types.js";
import { RESULTS_VERSION } from "./results.js";

/** JSON Schema (2020-12) of a `results.json` of this version, for other tools. */
export const resultsSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: `Results of formwork bench, layout ${RESULTS_VERSION}`,
  type: "object",
  properties: {
    formwork_bench: { const: RESULTS_VERSION },
    kind: { type: "string", description: "The bench's name." },
    created: { type: "string", format: "date-time" },
    title: { type: "string" },
    command: { type: "string" },
    complete: { type: "boolean" },
    fingerprint: { type: "string" },
    environment: strict({
      cpu: { type: "string" },
      cores: { type: "integer", minimum: 1 },
      memory_gib: { type: "number" },
      os: { type: "string" },
      node: { type: "string" },
      formwork: { type: "string" },
      revision: { type: ["string", "null"] },
      load: { type: "number" },
      calibration_ms: { type: "number" },
    }),
    settings: { type: "object" },
    targets: list({
      name: { type: "string" },
      kind: { type: "string" },
      facts: { type: "object" },
      warmup: { anyOf: [{ type: "null" }, strict({ total_ms: milliseconds(), stages: stages() })] },
    }),
    samples: list({
      target: { type: "string" },
      case: { type: "string" },
      concurrency: { type: "integer", minimum: 1 },
      run: { type: "integer", minimum: 0 },
      started: { type: "number" },
      latency_ms: milliseconds(),
      first_token_ms: orNull(milliseconds()),
      prompt_tokens: orNull(count()),
      cached_tokens: orNull(count()),
      completion_tokens: orNull(count()),
      forced_tokens: orNull(count()),
      retries: count(),
      finish_reason: { type: ["string", "null"] },
      stages: stages(),
      error: orNull(strict({ code: { type: "string" }, message: { type: "string" } })),
      valid: { type: "boolean" },
      completeness: share(),
      correctness: orNull(share()),
      detail: { type: "string" },
    }),
    cold_starts: list({
      target: { type: "string" },
      run: count(),
      total_ms: milliseconds(),
      stages: stages(),
      first_answer_ms: milliseconds(),
    }),
    summaries: list({
      target: { type: "string" },
      concurrency: { type: "integer", minimum: 1 },
      case: { type: ["string", "null"] },
      requests: count(),
      success: rate(),
      valid: rate(),
      complete: rate(),
      correct: orNull(rate()),
      correctness: orNull(share()),
      latency_ms: orNull(distribution()),
      first_token_ms: orNull(distribution()),
      time_per_output_token_ms: orNull(distribution()),
      ms_per_token: orNull(distribution()),
      output_tokens_per_second: orNull(milliseconds()),
      forced_share: orNull(share()),
      completion_tokens: orNull(count()),
      retries: count(),
      cost_per_1000: orNull({ type: "number", minimum: 0 }),
      busy_seconds: { type: "number", minimum: 0 },
      stages: stages(),
      errors: { type: "object", additionalProperties: count() },
    }),
    ratios: list({
      name: { type: "string" },
      ours: { type: "number" },
      other: { type: "number" },
      ratio: { type: "number" },
      interval: orNull(interval()),
      reach: { type: ["string", "null"] },
      reached: { type: ["boolean", "null"] },
    }),
    masks: {
      type: "array",
      items: { type: "object", required: ["engine", "schemas", "passing", "mask_us"] },
    },
    notes: { type: "array", items: { type: "string" } },
  },
  required: [
    "formwork_bench",
    "kind",
    "created",
    "title",
    "command",
    "complete",
    "fingerprint",
    "environment",
    "settings",
    "targets",
    "samples",
    "cold_starts",
    "summaries",
    "ratios",
    "masks",
    "notes",
  ],
  additionalProperties: false,
};

type Part = Record<string, unknown>;

function strict(properties: Record<string, Part>): Part {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function list(properties: Record<string, Part>): Part {
  return { type: "array", items: strict(properties) };
}

function orNull(part: Part): Part {
  return { anyOf: [{ type: "null" }, part] };
}

function milliseconds(): Part {
  return { type: "number", minimum: 0 };
}

function count(): Part {
  return { type: "integer", minimum: 0 };
}

function share(): Part {
  return { type: "number", minimum: 0, maximum: 1 };
}

function stages(): Part {
  return { type: "object", additionalProperties: { type: "number" } };
}

function interval(): Part {
  return { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 };
}

function rate(): Part {
  return strict({ value: share(), interval: interval(), yes: count(), of: count() });
}

function distribution(): Part {
  const value = { type: "number" };
  return strict({
    count: count(),
    mean: value,
    p50: value,
    p90: value,
    p99: value,
    p50_interval: interval(),
  });
}
