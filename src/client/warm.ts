import type { Client } from "./client.js";
import type { Health } from "./connection.js";
import { ClientError } from "./errors.js";

/** Progress of a warm-up. */
export interface WarmProgress {
  /** `connect` until the server answers; then the stage it reports: `idle`, `loading`, `download`, `warmup`, ... */
  stage: string;
  /** Progress of the stage, 0 to 1, if the server reports it. */
  progress?: number;
  /** Milliseconds since the start. */
  elapsedMs: number;
}

/** Options of `waitUntilWarm`. */
export interface WaitUntilWarmOptions {
  /** Total limit in milliseconds. Default 600,000. */
  timeoutMs?: number | undefined;
  /** Cancels the wait. */
  signal?: AbortSignal | undefined;
  /** Called at least every `intervalMs` until the end. */
  onProgress?: ((progress: WarmProgress) => void) | undefined;
  /** Milliseconds between two requests of `/health`. Default 500. */
  intervalMs?: number | undefined;
}

/** How long a server took to become ready. */
export interface WarmReport {
  /** The loaded model, if the server reports it. */
  model: string | undefined;
  /** Time of loading in milliseconds, as the server reports it; 0 if the model was already loaded. */
  loadMs: number;
  /** Milliseconds from the call to its result. */
  elapsedMs: number;
  /** Milliseconds in each stage, as observed by the client. */
  stages: Record<string, number>;
}

/**
 * Warms up the server and waits until it is ready, in spite of a server that is not up yet, `503`, proxies that cut the
 * connection, and redirects. Throws `timeout` after the limit, and immediately for errors that waiting cannot resolve (a wrong
 * key, an unknown server, a model that cannot be loaded).
 */
export async function waitUntilWarm(client: Client, options: WaitUntilWarmOptions = {}): Promise<WarmReport> {
  const { timeoutMs = 600_000, intervalMs = 500, signal, onProgress } = options;
  const startedAt = Date.now();
  const elapsedMs = () => Date.now() - startedAt;
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const stages: Record<string, number> = {};
  let stage = "connect";
  let progress: number | undefined;
  let stageSince = startedAt;

  const enter = (next: string) => {
    if (next === stage) return;
    stages[stage] = (stages[stage] ?? 0) + Date.now() - stageSince;
    stage = next;
    stageSince = Date.now();
  };
  const watch = async () => {
    while (!ended.aborted) {
      const health = await client.health({ signal: ended, timeoutMs: 5_000 }).catch(() => undefined);
      if (ended.aborted) return;
      if (health !== undefined) enter(stageOf(health));
      progress = health?.progress;
      onProgress?.({ stage, ...(progress === undefined ? {} : { progress }), elapsedMs: elapsedMs() });
      await pause(intervalMs, ended);
    }
  };

  const watching = onProgress === undefined ? undefined : watch();
  try {
    for (;;) {
      const remaining = timeoutMs - elapsedMs();
      if (remaining <= 0)
        throw new ClientError("timeout", `Not warm after ${Math.round(timeoutMs / 1000)} s.`);
      try {
        const warm = await client.warmup({ signal: ended, timeoutMs: remaining });
        enter("warm");
        return { model: warm.model, loadMs: warm.load_ms ?? 0, elapsedMs: elapsedMs(), stages };
      } catch (thrown) {
        const worthWaiting = thrown instanceof ClientError && thrown.retryable;
        if (!worthWaiting || elapsedMs() + intervalMs >= timeoutMs) throw thrown;
        await pause(intervalMs, ended);
      }
    }
  } finally {
    stop.abort();
    await watching;
  }
}

/** Whether the model is loaded and has run. Only requests `/health`, which starts nothing. */
export async function isWarm(client: Client, options: { signal?: AbortSignal } = {}): Promise<boolean> {
  return (await client.health(options)).engine === "ready";
}

function stageOf(health: Health): string {
  return health.engine === "loading" ? (health.stage ?? "loading") : health.engine;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
