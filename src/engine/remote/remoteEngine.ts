import { setMaxListeners } from "node:events";
import { FormworkError, toFormworkError } from "../../errors.js";
import type { TimeLimit } from "../../http/index.js";
import type { SamplingSettings } from "../../types.js";
import type {
  Engine,
  EngineEvent,
  EngineState,
  EngineStatistics,
  EngineStatus,
  GenerateRequest,
  WarmupReport,
} from "../engine.js";
import { ModelList } from "./modelList.js";
import { normaliseRemote, type RemoteEngineOptions, type RemoteSettings } from "./options.js";
import { PROTOCOLS } from "./protocols/index.js";
import { errorOfFailure } from "./refusal.js";
import { prepareRequest, type RemoteRequest } from "./remoteRequest.js";
import { RemoteRun, type RunParts } from "./run.js";
import { SchemaCache, sendWhole } from "./schemaCache.js";
import { parseServerAddress } from "./serverAddress.js";
import { TextThenCalls } from "./textThenCalls.js";
import { Upstream, UpstreamRefusal } from "./upstream.js";

/** Creates an engine for a remote server: `vllm=URL` etc. Throws `wrong_usage`; sends nothing yet. */
export function createRemoteEngine(spec: string, options: RemoteEngineOptions = {}): Engine {
  return new RemoteEngine(spec, normaliseRemote(options));
}

const GREEDY: SamplingSettings = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };

/** A short real request: the model has to process a prompt and generate tokens with a schema. */
const WARMUP_REQUEST: GenerateRequest = {
  id: "warmup",
  messages: [{ role: "user", content: 'Write {"ok":true}' }],
  schema:
    '{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}',
  maxTokens: 32,
  sampling: GREEDY,
};

class RemoteEngine implements Engine {
  readonly kind: string;
  private readonly settings: RemoteSettings;
  private readonly parts: RunParts;
  private readonly schemas: SchemaCache;
  private readonly models: ModelList;
  private readonly closing = new AbortController();
  private state: EngineState = "idle";
  private stage: string | undefined;
  private error: string | undefined;
  private warming: Promise<WarmupReport> | undefined;
  private active = 0;
  private readonly counts = {
    requests: 0,
    failures: 0,
    cancellations: 0,
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    forcedTokens: 0,
    repairs: 0,
  };

  constructor(spec: string, settings: RemoteSettings) {
    const { kind, baseUrl } = parseServerAddress(spec);
    const protocol = PROTOCOLS[kind];
    this.kind = kind;
    this.settings = settings;
    // One listener per running request.
    setMaxListeners(0, this.closing.signal);
    const headers = protocol.keepsConnections
      ? settings.headers
      : { ...settings.headers, connection: "close" };
    const upstream = new Upstream(baseUrl, headers, settings.timeouts);
    this.parts = { protocol, upstream, settings, refusedFields: new Set() };
    this.schemas = new SchemaCache(kind, settings.compileMs);
    this.models = new ModelList(upstream, kind, settings.model);
  }

  async *generate(request: GenerateRequest, signal?: AbortSignal): AsyncGenerator<EngineEvent> {
    const { maxRequests, deadlineMs } = this.settings;
    this.counts.requests++;
    if (this.active >= maxRequests) {
      this.counts.failures++;
      throw new FormworkError("queue_full", `${maxRequests} requests are already running.`, {
        retryAfterSeconds: 1,
      });
    }
    const limit = this.parts.upstream.timeLimit(request.deadlineMs ?? deadlineMs, [
      this.closing.signal,
      signal,
    ]);
    this.active++;
    let settled = false;
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      this.active--;
      limit.close();
    };
    try {
      const { cold, warm } = this.settings.timeouts;
      const waitMs = this.state === "ready" ? warm : cold;
      const startedAt = performance.now();
      const asked = await limit.until(this.prepare(request, limit));
      const compileMs = performance.now() - startedAt;
      if (this.state !== "ready") await this.connect(limit);
      for await (const event of this.run(asked, limit, waitMs, compileMs)) {
        if (event.type === "finish") {
          // A caller that has the answer may stop iterating here.
          settled = true;
          close();
        }
        yield event;
      }
    } catch (thrown) {
      const error = toFormworkError(thrown);
      settled = error.code !== "cancelled";
      if (settled) this.counts.failures++;
      if (error.code === "engine_unavailable" && this.state === "ready") this.state = "idle";
      throw error;
    } finally {
      if (!settled) this.counts.cancellations++;
      close();
    }
  }

  async warmup(signal?: AbortSignal): Promise<WarmupReport> {
    if (this.state === "ready") return { model: this.models.shown(), loadMs: 0, stages: {} };
    this.warming ??= this.warm().finally(() => {
      this.warming = undefined;
    });
    if (signal === undefined) return await this.warming;
    return await unlessAborted(this.warming, signal);
  }

  status(): EngineStatus {
    const others = this.models.others();
    return {
      state: this.state,
      model: this.models.shown(),
      ...(others.length > 0 && { otherModels: others }),
      modelLoaded: this.state === "ready",
      ...(this.stage === undefined ? {} : { stage: this.stage }),
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.state === "ready" ? {} : { retryAfterSeconds: 5 }),
    };
  }

  statistics(): EngineStatistics {
    return {
      ...this.counts,
      masks: 0,
      maskMicroseconds: 0,
      decodeMicroseconds: 0,
      stepMicroseconds: 0,
      queued: 0,
      active: this.active,
      maxSequences: this.settings.maxRequests,
      restarts: 0,
      memoryBytes: 0,
      peakMemoryBytes: 0,
    };
  }

  /** Only resets what is known about the server; its memory is not affected. */
  async unload(): Promise<void> {
    this.state = "idle";
  }

  async close(): Promise<void> {
    this.closing.abort(new FormworkError("engine_unavailable", "The engine is closed."));
    await this.warming?.catch(() => {});
  }

  private prepare(request: GenerateRequest, { signal }: TimeLimit): Promise<RemoteRequest> {
    const { schemas, settings, parts } = this;
    const { schemaInPrompt } = settings;
    return prepareRequest(request, { kind: parts.protocol.kind, schemas, schemaInPrompt, signal });
  }

  private async *run(
    asked: RemoteRequest,
    limit: TimeLimit,
    waitMs: number,
    compileMs: number,
  ): AsyncGenerator<EngineEvent> {
    const model = await this.models.choose(asked.request.model, limit, waitMs);
    if (this.models.hasPlugin) sendWhole((asked.calls ?? asked).schema);
    const Run = asked.calls === undefined ? RemoteRun : TextThenCalls;
    const run = new Run(this.parts, asked, model, limit, compileMs);
    try {
      for await (const event of run.events(waitMs)) {
        if (event.type === "finish") {
          this.state = "ready";
          this.error = undefined;
        }
        yield event;
      }
    } finally {
      this.counts.promptTokens += run.usage.promptTokens;
      this.counts.cachedTokens += run.usage.cachedTokens;
      this.counts.completionTokens += run.usage.completionTokens;
      this.counts.forcedTokens += run.usage.forcedTokens;
      this.counts.repairs += Math.max(0, run.attempts - 1);
    }
  }

  /** Waits for the server on behalf of a request; `status` reports this. */
  private async connect(limit: TimeLimit): Promise<void> {
    // A running warm-up has more information.
    const tells = this.warming === undefined && this.state !== "loading";
    const { state, stage } = this;
    if (tells) {
      this.state = "loading";
      this.stage = "connect";
    }
    try {
      await this.awaitReady(limit);
    } finally {
      if (tells && this.warming === undefined) {
        if (this.state === "loading") this.state = state;
        this.stage = stage;
      }
    }
  }

  /** With a `GET`, which can be repeated after interruptions, unlike the request itself. */
  private async awaitReady(limit: TimeLimit): Promise<void> {
    const { upstream, protocol } = this.parts;
    try {
      await upstream.get(protocol.readyPath, limit, this.settings.timeouts.cold);
    } catch (thrown) {
      if (!(thrown instanceof UpstreamRefusal)) throw thrown;
      // Not every server has the route.
      if (thrown.failure.status !== 404 && thrown.failure.status !== 405) {
        throw errorOfFailure(thrown.failure, upstream.place);
      }
    }
  }

  private async warm(): Promise<WarmupReport> {
    const startedAt = performance.now();
    const stages: Record<string, number> = {};
    const { cold } = this.settings.timeouts;
    const limit = this.parts.upstream.timeLimit(cold, [this.closing.signal]);
    const enter = (stage: string | undefined) => {
      const now = performance.now();
      if (this.stage !== undefined) stages[this.stage] = now - enteredAt;
      this.stage = stage;
      enteredAt = now;
    };
    let enteredAt = startedAt;
    this.state = "loading";
    this.error = undefined;
    try {
      enter("connect");
      await this.awaitReady(limit);
      enter("warmup");
      try {
        const asked = await limit.until(this.prepare(WARMUP_REQUEST, limit));
        for await (const _ of this.run(asked, limit, cold, 0));
      } catch (thrown) {
        // Even a model that failed the schema has run.
        if (toFormworkError(thrown).code !== "invalid_output") throw thrown;
      }
      this.state = "ready";
      return { model: this.models.shown(), loadMs: performance.now() - startedAt, stages };
    } catch (thrown) {
      const error = toFormworkError(thrown);
      this.state = "failed";
      this.error = error.message;
      throw error;
    } finally {
      enter(undefined);
      limit.close();
    }
  }
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const cancelled = () => new FormworkError("cancelled", "The caller has left.", { cause: signal.reason });
  if (signal.aborted) throw cancelled();
  let stop = () => {};
  const left = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
