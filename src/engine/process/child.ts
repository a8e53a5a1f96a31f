import { type FormworkError, toFormworkError } from "../../errors.js";
import type { EngineCore } from "../core/core.js";
import type { LoadSettings } from "../options/index.js";
import { endWithParent } from "./endWithParent.js";
import type { ChildMessage, ChildStatistics, EngineFacts, ParentMessage, RequestEvent } from "./messages.js";
import { Outbox } from "./outbox.js";

/** Where the engine process gets its model from. */
export type LoadCore = (
  settings: LoadSettings,
  report: {
    stage: (stage: string, progress?: number) => void;
    log: (event: string, fields: Record<string, unknown>) => void;
    /** Sends the events so far, during a step. */
    handedOut: () => void;
  },
) => Promise<{
  core: EngineCore;
  facts: EngineFacts;
  /** Called after the first computation of the model. */
  onFirstInference?: () => void;
}>;

/** Interval of messages from a busy engine to its parent. */
const HEARTBEAT_MS = 1000;

/**
 * The engine process: receives messages, loads the model, and runs requests on this thread. It exits with its parent: between two steps
 * when the channel closes, and by a separate thread if a step never returns.
 */
export function runChild(load: LoadCore): void {
  const waiting = new Map<number, ParentMessage & { type: "generate" }>();
  /** Received pieces of long schemas, by request. */
  const pieces = new Map<number, string>();
  const cancels = new Map<number, () => void>();
  let core: EngineCore | undefined;
  let loading = false;

  const send = (message: ChildMessage) => {
    if (process.connected) process.send!(message);
  };
  const outbox = new Outbox(send, () => statisticsOf(core));

  const begin = ({ key, request }: ParentMessage & { type: "generate" }, told = (_well: boolean) => {}) => {
    const left = (event: RequestEvent) => {
      cancels.delete(key);
      told(event.type === "finish");
      outbox.add(event, true);
    };
    const cancel = core!.submit(request, {
      reading: () => send({ type: "reading", key }),
      start: (promptTokens, cachedTokens) => outbox.add({ key, type: "start", promptTokens, cachedTokens }),
      part: (part, logprobs) => {
        told(true);
        outbox.add(logprobs === undefined ? { key, ...part } : { key, ...part, logprobs });
      },
      trace: (step) => outbox.add({ key, type: "trace", ...step }),
      finish: (outcome) => left({ key, type: "finish", outcome }),
      fail: (error) => left({ key, type: "fail", error: error.toBody() }),
    });
    cancels.set(key, cancel);
  };

  /**
   * The first inference; calls `ready` once. If a request is waiting, it serves as the first inference: the engine is ready when the
   * model has written its first text.
   */
  const warmUp = async (ready: () => void) => {
    const first = [...waiting.values()];
    waiting.clear();
    let written = false;
    if (first.length > 0) {
      let left = first.length;
      await new Promise<void>((resolve) => {
        for (const message of first) {
          begin(message, (well) => {
            if (well && !written) {
              written = true;
              ready();
            }
            if (well || --left === 0) resolve();
          });
        }
      });
    }
    if (written) return;
    await core!.warmup();
    ready();
  };

  const fail = (error: FormworkError) => {
    send({ type: "failed", error: error.toBody() });
    leave(1);
  };

  const start = async (settings: LoadSettings) => {
    if (loading) return;
    loading = true;
    const stages = new Stages();
    try {
      const loaded = await load(settings, {
        stage: (stage, progress) => {
          stages.enter(stage);
          send({ type: "stage", stage, ...(progress === undefined ? {} : { progress }) });
        },
        log: (event, fields) => send({ type: "log", event, fields }),
        handedOut: () => outbox.endStep(),
      });
      stages.enter("warmup");
      send({ type: "stage", stage: "warmup" });
      core = loaded.core;
      await warmUp(() => {
        loaded.onFirstInference?.();
        send({ type: "ready", facts: loaded.facts, stages: stages.end() });
        outbox.flush(true);
      });
    } catch (thrown) {
      fail(toFormworkError(thrown));
    }
  };

  process.on("message", (message: ParentMessage) => {
    if (message.type === "load") void start(message.settings);
    else if (message.type === "schemaPiece") {
      pieces.set(message.key, (pieces.get(message.key) ?? "") + message.text);
    } else if (message.type === "generate") {
      message.request.schemaText = (pieces.get(message.key) ?? "") + message.request.schemaText;
      pieces.delete(message.key);
      if (core === undefined) waiting.set(message.key, message);
      else begin(message);
    } else if (message.type === "cancel") {
      waiting.delete(message.key);
      pieces.delete(message.key);
      cancels.get(message.key)?.();
    } else if (message.type === "ping") {
      send({ type: "alive" });
    } else {
      // Without requests there is nothing to report, and exiting frees the model faster than the library does.
      if (core !== undefined && core.active + core.queued > 0) core.close();
      outbox.flush();
      leave(0);
    }
  });
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C and a stopping supervisor reach the whole group, but the parent decides how running requests end.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  setInterval(() => {
    if (core !== undefined && core.active + core.queued > 0) outbox.flush(true);
  }, HEARTBEAT_MS).unref();
  void endWithParent();
}

/** Flushes sent messages before the process exits. */
function leave(code: number): void {
  if (process.connected) process.disconnect();
  process.exitCode = code;
  setImmediate(() => process.exit(code));
}

/** Elapsed time by stage, in milliseconds. */
class Stages {
  private readonly times: Record<string, number> = {};
  private stage: string | undefined;
  private since = performance.now();

  enter(stage: string): void {
    if (stage === this.stage) return;
    this.end();
    this.stage = stage;
  }

  end(): Record<string, number> {
    const now = performance.now();
    if (this.stage !== undefined) this.times[this.stage] = (this.times[this.stage] ?? 0) + now - this.since;
    this.since = now;
    return this.times;
  }
}

function statisticsOf(core: EngineCore | undefined): ChildStatistics | undefined {
  if (core === undefined) return undefined;
  return {
    counters: core.counters,
    queued: core.queued,
    active: core.active,
    memoryBytes: process.memoryUsage.rss(),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}
