import type { ErrorBody } from "../../errors.js";
import type { AnswerPart } from "../answer/part.js";
import type { CoreOutcome, CoreRequest } from "../core/core.js";
import type { TokenLogprob, TraceStep } from "../engine.js";
import type { LoadSettings } from "../options/index.js";
import type { SchedulerCounters } from "../scheduler/counters.js";

/** From the parent to the engine process. `key` names a request for as long as it lives. */
export type ParentMessage =
  | { type: "load"; settings: LoadSettings }
  /** A piece of a long schema's text, before the request that it belongs to. */
  | { type: "schemaPiece"; key: number; text: string }
  /** With the schema's text, or what is left of it behind the pieces that were sent. */
  | { type: "generate"; key: number; request: CoreRequest }
  | { type: "cancel"; key: number }
  | { type: "ping" }
  | { type: "close" };

/** From the engine process to the parent. */
export type ChildMessage =
  | { type: "stage"; stage: string; progress?: number }
  | { type: "ready"; facts: EngineFacts; stages: Record<string, number> }
  | { type: "failed"; error: ErrorBody }
  /** Answers a ping: the thread that decodes still takes messages. */
  | { type: "alive" }
  /** A request's schema and prompt are being read: until its first event, a crash may be its doing. */
  | { type: "reading"; key: number }
  | { type: "events"; events: RequestEvent[]; statistics?: ChildStatistics }
  | { type: "log"; event: string; fields: Record<string, unknown> };

/** All that happened to requests in a step or a few, in order. */
export type RequestEvent =
  | { key: number; type: "start"; promptTokens: number; cachedTokens: number }
  | ({ key: number; logprobs?: readonly TokenLogprob[] } & AnswerPart)
  | ({ key: number; type: "trace" } & TraceStep)
  | { key: number; type: "finish"; outcome: CoreOutcome }
  | { key: number; type: "fail"; error: ErrorBody };

/** What is known once the model is loaded; also what the log says at that time. */
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
