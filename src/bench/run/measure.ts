import type { Judgement, TaskCase } from "../../tasks/index.js";
import type { JsonSchema, JsonValue } from "../../types.js";
import type { Sample } from "../results.js";
import type { Target, TargetAnswer } from "../target.js";
import type { SamplingPlan, Unit } from "./plan.js";

/** Whether a text is valid against the schema; `message` is the reason if not. */
export type Validate = (
  schema: JsonSchema,
  text: string,
) => Promise<{ valid: boolean; message?: string | undefined }>;

/**
 * Runs all steps of a case and judges the outcome. A failed step ends the case; its error, or the reason why the next request could not be
 * built, becomes the sample's. The times of the steps are added; the first token is that of the first step. Judging is not timed.
 */
export async function measureCase(
  target: Target,
  unit: Unit,
  sampling: SamplingPlan,
  validate: Validate,
  signal?: AbortSignal,
): Promise<Sample> {
  const sample = emptySample(target, unit);
  const outputs: JsonValue[] = [];
  sample.valid = true;
  for (const [index, step] of unit.case.steps.entries()) {
    let request: ReturnType<typeof step.request>;
    try {
      request = step.request(outputs);
    } catch (thrown) {
      return failed(sample, unit.case, (thrown as Error).message);
    }
    const answer = await target.generate({ ...request, ...sampling, seed: sampling.seed + unit.run }, signal);
    signal?.throwIfAborted();
    addAnswer(sample, answer, index);
    if (answer.error !== null)
      return failed(sample, unit.case, `${answer.error.code}: ${answer.error.message}`);
    const verdict = await validate(request.schema, answer.text);
    if (!verdict.valid) {
      sample.valid = false;
      sample.detail ||= `invalid: ${verdict.message ?? "does not fit the schema"}`;
    }
    try {
      outputs.push(JSON.parse(answer.text) as JsonValue);
    } catch {
      return failed(sample, unit.case, `no JSON, ends in ${JSON.stringify(answer.text.slice(-40))}`);
    }
  }
  apply(sample, await judge(unit.case, outputs));
  return sample;
}

async function judge(one: TaskCase, outputs: readonly JsonValue[]): Promise<Judgement> {
  try {
    return await one.judge(outputs);
  } catch (thrown) {
    return { completeness: 0, correctness: 0, detail: `cannot be judged: ${(thrown as Error).message}` };
  }
}

function apply(sample: Sample, judgement: Judgement): void {
  sample.completeness = judgement.completeness;
  sample.correctness = judgement.correctness ?? null;
  sample.detail ||= judgement.detail;
}

function failed(sample: Sample, one: TaskCase, detail: string): Sample {
  sample.valid = false;
  sample.completeness = 0;
  sample.correctness = one.formOnly ? null : 0;
  sample.detail = detail;
  return sample;
}

function emptySample(target: Target, unit: Unit): Sample {
  return {
    target: target.name,
    case: unit.case.id,
    concurrency: unit.concurrency,
    run: unit.run,
    started: Date.now(),
    latency_ms: 0,
    first_token_ms: null,
    prompt_tokens: null,
    cached_tokens: null,
    completion_tokens: null,
    forced_tokens: null,
    retries: 0,
    finish_reason: null,
    stages: {},
    error: null,
    valid: false,
    completeness: 0,
    correctness: null,
    detail: "",
  };
}

function addAnswer(sample: Sample, answer: TargetAnswer, index: number): void {
  sample.latency_ms += answer.latency_ms;
  if (index === 0) sample.first_token_ms = answer.first_token_ms;
  sample.prompt_tokens = plus(sample.prompt_tokens, answer.prompt_tokens);
  sample.cached_tokens = plus(sample.cached_tokens, answer.cached_tokens);
  sample.completion_tokens = plus(sample.completion_tokens, answer.completion_tokens);
  sample.forced_tokens = plus(sample.forced_tokens, answer.forced_tokens);
  sample.retries += answer.attempts - 1;
  sample.finish_reason = answer.finish_reason;
  sample.error = answer.error;
  let told = 0;
  for (const [stage, milliseconds] of Object.entries(answer.stages)) {
    addStage(sample, stage, milliseconds);
    told += milliseconds;
  }
  if (told > 0 && answer.latency_ms > told) addStage(sample, "other", answer.latency_ms - told);
}

function addStage(sample: Sample, stage: string, milliseconds: number): void {
  sample.stages[stage] = (sample.stages[stage] ?? 0) + milliseconds;
}

function plus(sum: number | null, more: number | null): number | null {
  return more === null ? sum : (sum ?? 0) + more;
}
