import type { Engine, GenerateRequest } from "../../engine/index.js";
import { toFormworkError } from "../../errors.js";
import { toSchemaText } from "../../json/index.js";
import type { Target, TargetAnswer, TargetRequest, WarmupTimes } from "../target.js";
import { failedAnswer } from "./failedAnswer.js";

export interface EngineTargetOptions {
  name: string;
  /** Creates an engine: called once, and again after each `cool`. */
  create: () => Engine;
  /** Settings to report with the results. */
  facts?: Record<string, string | number | boolean>;
}

/** An engine object in this process: an embedded engine, whose model runs in a child process, or a remote one. */
export class EngineTarget implements Target {
  readonly name: string;
  readonly kind = "engine";
  private readonly create: () => Engine;
  private readonly facts: Record<string, string | number | boolean>;
  private engine: Engine;
  private requests = 0;

  constructor({ name, create, facts = {} }: EngineTargetOptions) {
    this.name = name;
    this.create = create;
    this.facts = facts;
    this.engine = create();
  }

  async describe(): Promise<Record<string, string | number | boolean>> {
    const { model } = this.engine.status();
    return {
      engine: this.engine.kind,
      model,
      parallel: this.engine.statistics().maxSequences,
      ...this.facts,
    };
  }

  async isWarm(): Promise<boolean> {
    return this.engine.status().state === "ready";
  }

  async warmup(signal?: AbortSignal): Promise<WarmupTimes> {
    const began = performance.now();
    const { stages } = await this.engine.warmup(signal);
    return { total_ms: performance.now() - began, stages };
  }

  /** Creates a new engine, so that the start of its process is part of the next cold start. */
  async cool(): Promise<void> {
    await this.engine.close();
    this.engine = this.create();
  }

  async generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer> {
    const began = performance.now();
    let firstToken: number | null = null;
    try {
      for await (const event of this.engine.generate(this.toEngineRequest(request), signal)) {
        if (event.type === "delta") firstToken ??= performance.now() - began;
        if (event.type !== "finish") continue;
        const { text, usage, timings, finishReason, attempts } = event.result;
        return {
          text,
          error: null,
          latency_ms: performance.now() - began,
          first_token_ms: firstToken,
          prompt_tokens: usage.promptTokens,
          cached_tokens: usage.cachedTokens,
          completion_tokens: usage.completionTokens,
          forced_tokens: usage.forcedTokens,
          attempts,
          finish_reason: finishReason,
          stages: {
            queue: timings.queueMs,
            compile: timings.compileMs,
            prefill: timings.prefillMs,
            decode: timings.decodeMs,
          },
        };
      }
      return failedAnswer("internal", "the engine ended without an answer", performance.now() - began);
    } catch (thrown) {
      signal?.throwIfAborted();
      const { code, message } = toFormworkError(thrown);
      return failedAnswer(code, message, performance.now() - began);
    }
  }

  /** Time inside the runtime's `decode` and in the whole decode loop so far, in microseconds. */
  stepTimes(): { decode: number; step: number } {
    const { decodeMicroseconds, stepMicroseconds } = this.engine.statistics();
    return { decode: decodeMicroseconds, step: stepMicroseconds };
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  private toEngineRequest(request: TargetRequest): GenerateRequest {
    const { system, prompt, schema, maxTokens, temperature, topP, seed, schemaInPrompt, constraint } =
      request;
    this.requests += 1;
    return {
      id: `bench-${this.requests}`,
      messages: [
        ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
        { role: "user", content: prompt },
      ],
      schema: toSchemaText(schema),
      maxTokens,
      sampling: { temperature, topP, topK: 0, minP: 0, repetitionPenalty: 1, seed },
      ...(schemaInPrompt === undefined ? {} : { schemaInPrompt }),
      ...(constraint === undefined ? {} : { constraint }),
    };
  }
}
