import { type Client, isWarm, waitUntilWarm } from "../../client/index.js";
import { toFormworkError } from "../../errors.js";
import type { Target, TargetAnswer, TargetRequest, WarmupTimes } from "../target.js";
import { failedAnswer } from "./failedAnswer.js";

/** The client has no time limit; the bench has its own. */
const PATIENCE_MS = 600_000;

/** A Formwork server at a URL, through Formwork's client, streamed or whole. */
export class UrlTarget implements Target {
  readonly name: string;
  readonly kind = "url";
  private readonly client: Client;
  private readonly mode: "stream" | "whole";

  /** For `whole` answers, the client cannot observe the first token, so the server's figure is used. */
  constructor(name: string, client: Client, mode: "stream" | "whole" = "stream") {
    this.name = name;
    this.client = client;
    this.mode = mode;
  }

  async describe(): Promise<Record<string, string>> {
    const { model, version } = await this.client.health();
    return { model: String(model), version: String(version), answers: this.mode };
  }

  isWarm(signal?: AbortSignal): Promise<boolean> {
    return isWarm(this.client, signal === undefined ? {} : { signal });
  }

  async warmup(signal?: AbortSignal): Promise<WarmupTimes> {
    const { elapsedMs, stages } = await waitUntilWarm(this.client, {
      signal,
      onProgress: () => {},
      intervalMs: 100,
    });
    const known = Object.entries(stages).filter(([stage]) => stage !== "warm");
    return { total_ms: elapsedMs, stages: Object.fromEntries(known) };
  }

  async generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer> {
    const began = performance.now();
    const { system, prompt, schema, maxTokens, temperature, topP, seed } = request;
    const sampling = { temperature, topP, seed };
    const call = { prompt, schema, maxTokens, ...sampling, signal, system, timeoutMs: PATIENCE_MS };
    let firstToken: number | null = null;
    let text = "";
    try {
      let answer: Awaited<ReturnType<Client["generate"]>>;
      if (this.mode === "stream") {
        const stream = this.client.stream(call);
        for await (const piece of stream.text()) {
          firstToken ??= performance.now() - began;
          text += piece;
        }
        answer = await stream.final();
      } else {
        answer = await this.client.generate(call);
        text = answer.text;
        firstToken = answer.timings?.firstTokenMs ?? null;
      }
      const { usage, timings, generationTimeMs } = answer;
      const latency = performance.now() - began;
      return {
        text,
        error: null,
        latency_ms: latency,
        first_token_ms: firstToken,
        prompt_tokens: usage.promptTokens,
        cached_tokens: usage.cachedTokens,
        completion_tokens: usage.completionTokens,
        forced_tokens: usage.forcedTokens,
        attempts: 1,
        finish_reason: answer.finishReason,
        stages:
          timings === undefined
            ? {}
            : {
                queue: timings.queueMs,
                compile: timings.compileMs,
                prefill: timings.prefillMs,
                decode: timings.decodeMs,
                http: Math.max(0, latency - generationTimeMs),
              },
      };
    } catch (thrown) {
      signal?.throwIfAborted();
      const { code, message } = toFormworkError(thrown);
      return failedAnswer(code, message, performance.now() - began);
    }
  }

  async close(): Promise<void> {}
}
