import type { ErrorBody } from "../../errors.js";
import type { AnswerPart } from "../answer/part.js";
import type { CoreOutcome, CoreRequest } from "../core/core.js";
import type { TokenLogprob, TraceStep } from "../engine.js";
import type { LoadSettings } from "../options/index.js";
import type { SchedulerCounters } from "../scheduler/counters.js";

/** From the parent to the engine process. `key` identifies a request during its lifetime. */
export type ParentMessage =
  | { type: "load"; settings: LoadSettings }
  /** A piece of a long schema's text, sent before its request. */
  | { type: "schemaPiece"; key: number; text: string }
  /** With the schema's text, or the rest of it after the pieces. */
  | { type: "generate"; key: number; request: CoreRequest }
  | { type: "cancel"; key: number }
  | { type: "ping" }
  | { type: "close" };

/** From the engine process to the parent. */
export type ChildMessage =
  | { type: "stage"; stage: string; progress?: number }
  | { type: "ready"; facts: EngineFacts; stages: Record<string, number> }
  | { type: "failed"; error: ErrorBody }
  /** Answers a ping: the decode thread still processes messages. */
  | { type: "alive" }
  /** A request's schema and prompt are being processed: until its first event, it may be the cause of a crash. */
  | { type: "reading"; key: number }
  | { type: "events"; events: RequestEvent[]; statistics?: ChildStatistics }
  | { type: "log"; event: string; fields: Record<string, unknown> };

/** The events of requests in one or a few steps, in order. */
export type RequestEvent =
  | { key: number; type: "start"; promptTokens: number; cachedTokens: number }
  | ({ key: number; logprobs?: readonly TokenLogprob[] } & AnswerPart)
  | ({ key: number; type: "trace" } & TraceStep)
  | { key: number; type: "finish"; outcome: CoreOutcome }
  | { key: number; type: "fail"; error: ErrorBody };

/** Facts about the loaded model, also for the log. */
export interface EngineFacts {
  model: string;
  architecture: string;
  parameters: number;
  contextLength: number;
  maxSequences: number;
  cellCapacity: number;
  batchCapacity: number;
  threads: number;
  modelBytes: number;
  contextBytes: number;
}

export interface ChildStatistics {
  counters: SchedulerCounters;
  queued: number;
  active: number;
  memoryBytes: number;
  peakMemoryBytes: number;
}
