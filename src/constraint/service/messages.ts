import type { ErrorBody, LimitName } from "../../errors.js";
import type { CompileReport, ConstraintSource, MatcherState, MatcherStep } from "./service.js";

/** What a worker is started with. */
export interface WorkerSetup {
  vocabulary: PackedVocabulary;
  limits: NonNullable<NonNullable<ConstraintSource["options"]>["limits"]>;
}

/** A vocabulary in memory that all workers share: the bytes of all tokens, and where each begins. */
export interface PackedVocabulary {
  bytes: Uint8Array;
  /** One more than tokens. */
  offsets: Int32Array;
  special: readonly number[];
  ends: readonly number[];
  /** What is worked out of the tokens, so that no thread does it again. */
  tables: Uint8Array;
}

/** To the worker, which takes one job at a time. */
export type Job =
  | { type: "compile"; source: ConstraintSource }
  | { type: "step"; matcher: number; begin?: MatcherBeginning; step: MatcherStep };

export type WorkerMessage = Job | { type: "forget"; matcher: number };

/** A matcher that the worker does not have: what it follows, what it has accepted, and where its mask lies. */
export interface MatcherBeginning {
  source: ConstraintSource;
  accepted: readonly number[];
  mask: SharedArrayBuffer;
}

/** From the worker, once, when it takes jobs. */
export interface ReadyMessage {
  type: "ready";
}

/** From the worker, once, at its beginning, where the system numbers threads (Linux). */
export interface StartedMessage {
  type: "started";
  systemId: number;
}

/** From the worker: one a job. */
export type Reply =
  | { type: "compiled"; report: CompileReport }
  | { type: "stepped"; state: MatcherState }
  | { type: "failed"; error: ErrorBody; limit?: LimitName };
