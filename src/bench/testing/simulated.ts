import type { TaskCase } from "../../tasks/index.js";
import type { JsonValue } from "../../types.js";
import { seededRandom } from "../statistics/random.js";
import type { Target, TargetAnswer, TargetRequest } from "../target.js";

/**
 * A target for tests whose clock is made up: it answers at once, with the reference answer of the case, and
 * says it took as long as its settings say. Times scatter as real ones do: log-normally, with a share of
 * outliers and a drift of the whole session.
 */
export interface SimulatedSettings {
  name?: string;
  /** Seeds the noise: another seed is another session. */
  seed: number;
  /** Multiplies every time. Default 1. */
  slowness?: number;
  /** Standard deviation of the logarithm of a time. Default 0.08. */
  scatter?: number;
  /** Share of times that are two and a half times as long. Default 0.03. */
  outliers?: number;
  /** Share of answers that are wrong but valid. Default 0. */
  wrong?: number;
  /** Share of answers that do not fit their schema. Default 0. */
  invalid?: number;
  /** Share of requests that fail. Default 0. */
  failing?: number;
  warm?: boolean;
}

export class SimulatedTarget implements Target {
  readonly name: string;
  readonly kind = "simulated";
  warmups = 0;
  readonly requests: TargetRequest[] = [];
  inFlight = 0;
  mostInFlight = 0;
  private warm: boolean;
  private readonly settings: SimulatedSettings;
  private readonly answers = new Map<string, JsonValue>();
  private readonly random: () => number;
  private readonly drift: number;

  constructor(cases: readonly TaskCase[], settings: SimulatedSettings) {
    this.name = settings.name ?? "simulated";
    this.settings = settings;
    this.warm = settings.warm ?? false;
    this.random = seededRandom(settings.seed);
    this.drift = Math.exp(0.02 * this.normal());
    for (const one of cases) {
      for (const [index, step] of one.steps.entries()) {
        this.answers.set(step.request(one.reference ?? []).prompt, one.reference?.[index] ?? null);
      }
    }
  }

  async describe(): Promise<Record<string, string>> {
    return { model: "none" };
  }

  async isWarm(): Promise<boolean> {
    return this.warm;
  }

  async warmup() {
    this.warmups += 1;
    this.warm = true;
    return { total_ms: 120, stages: { load: 80, warmup: 40 } };
  }

  async cool(): Promise<void> {
    this.warm = false;
  }

  async generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer> {
    this.requests.push(request);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    signal?.throwIfAborted();
    return this.answer(request);
  }

  async close(): Promise<void> {}

  private answer(request: TargetRequest): TargetAnswer {
    const { slowness = 1, wrong = 0, invalid = 0, failing = 0 } = this.settings;
    const right = this.answers.get(request.prompt) ?? null;
    let text = JSON.stringify(right);
    if (this.random() < wrong) text = JSON.stringify(spoil(right));
    if (this.random() < invalid) text = text.slice(0, -1);
    const tokens = Math.max(2, Math.ceil(text.length / 4));
    const prefill = 20 * slowness * this.noise();
    const decode = tokens * 4 * slowness * this.noise();
    const failed = this.random() < failing;
    return {
      text: failed ? "" : text,
      error: failed ? { code: "timeout", message: "took too long" } : null,
      latency_ms: prefill + decode,
      first_token_ms: prefill,
      prompt_tokens: Math.ceil(request.prompt.length / 4),
      cached_tokens: 0,
      completion_tokens: tokens,
      forced_tokens: Math.floor(tokens / 2),
      attempts: 1,
      finish_reason: "stop",
      stages: { queue: 0, prefill, decode },
    };
  }

  private noise(): number {
    const outlier = this.random() < (this.settings.outliers ?? 0.03) ? 2.5 : 1;
    return this.drift * outlier * Math.exp((this.settings.scatter ?? 0.08) * this.normal());
  }

  private normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }
}

/** The same shape with other content: still valid where the schema asks for texts or numbers alone. */
function spoil(value: JsonValue): JsonValue {
  if (typeof value === "string") return "x";
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) return value.map(spoil);
  if (value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spoil(item)]));
  return value;
}
