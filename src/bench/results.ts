import { readFile } from "node:fs/promises";
import { FormworkError } from "../errors.js";
import type { Environment } from "./environment.js";
import type { Rate } from "./statistics/bootstrap.js";
import type { Distribution, Interval } from "./statistics/distribution.js";

/** The version of the file format; incremented for incompatible changes. */
export const RESULTS_VERSION = 1;

/** The content of a `results.json`. Times are in milliseconds, rates from 0 to 1; null means "not reported". */
export interface Results {
  formwork_bench: typeof RESULTS_VERSION;
  /** The bench's name. */
  kind: string;
  /** ISO 8601. */
  created: string;
  title: string;
  /** The command line, as typed. */
  command: string;
  /** False if the run was interrupted. */
  complete: boolean;
  /** Equal for the same cases, prompts, schemas, settings and targets. */
  fingerprint: string;
  environment: Environment;
  settings: Record<string, string | number | boolean | null>;
  targets: TargetFacts[];
  samples: Sample[];
  cold_starts: ColdStart[];
  summaries: Summary[];
  /** Our value divided by the other side's. */
  ratios: Ratio[];
  /** Figures of `bench masks`, one entry per engine. */
  masks: MaskFigures[];
  notes: string[];
}

export interface TargetFacts {
  name: string;
  kind: string;
  facts: Record<string, string | number | boolean>;
  warmup: { total_ms: number; stages: Record<string, number> } | null;
}

/** One case answered once by one target. */
export interface Sample {
  target: string;
  case: string;
  /** Concurrent requests during the measurement. */
  concurrency: number;
  run: number;
  /** Milliseconds since 1970. */
  started: number;
  latency_ms: number;
  first_token_ms: number | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  forced_tokens: number | null;
  /** Number of retries. */
  retries: number;
  finish_reason: string | null;
  stages: Record<string, number>;
  error: { code: string; message: string } | null;
  /** The validator's verdict on all documents of the case. */
  valid: boolean;
  completeness: number;
  /** Null if correctness cannot be judged. */
  correctness: number | null;
  /** A description of errors. */
  detail: string;
}

export interface ColdStart {
  target: string;
  run: number;
  total_ms: number;
  stages: Record<string, number>;
  /** The first answer after it. */
  first_answer_ms: number;
}

/** Summary of the samples of one target at one concurrency; `case` is null for all cases. */
export interface Summary {
  target: string;
  concurrency: number;
  case: string | null;
  requests: number;
  /** Answered without an error. */
  success: Rate;
  /** Fraction of all requests accepted by the validator. */
  valid: Rate;
  /** Fraction of all requests with complete answers. */
  complete: Rate;
  /** Fraction of correct answers among those that can be judged. */
  correct: Rate | null;
  /** Mean correctness of the same answers. */
  correctness: number | null;
  latency_ms: Distribution | null;
  first_token_ms: Distribution | null;
  /** Time per token after the first. */
  time_per_output_token_ms: Distribution | null;
  /** The whole answer's time divided by its tokens. */
  ms_per_token: Distribution | null;
  /** While all streams are busy. */
  output_tokens_per_second: number | null;
  forced_share: number | null;
  completion_tokens: number | null;
  retries: number;
  /** US dollars, if a price is known. */
  cost_per_1000: number | null;
  /** Time with at least one running request. */
  busy_seconds: number;
  /** Mean milliseconds by stage. */
  stages: Record<string, number>;
  errors: Record<string, number>;
}

export interface Ratio {
  name: string;
  ours: number;
  other: number;
  ratio: number;
  interval: Interval | null;
  /** The goal, as text. */
  reach: string | null;
  reached: boolean | null;
}

/** The line printed by `bench masks` (or by a peer's runner for the same cases). */
export interface MaskFigures {
  engine: string;
  schemas: number;
  passing: number;
  compile_errors: number;
  validation_errors: number;
  invalidation_errors: number;
  timeouts: number;
  masks: number;
  mask_us: Record<string, number>;
  ttfm_us: Record<string, number>;
}

/** Reads a `results.json`. Throws `wrong_usage` for other files and versions. */
export async function readResults(path: string): Promise<Results> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new FormworkError("wrong_usage", `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const version = (content as Partial<Results> | null)?.formwork_bench;
  if (version !== RESULTS_VERSION) {
    throw new FormworkError(
      "wrong_usage",
      version === undefined
        ? `${path} is not a results.json of formwork bench.`
        : `${path} has layout ${version}; this version reads ${RESULTS_VERSION}.`,
    );
  }
  return content as Results;
}
