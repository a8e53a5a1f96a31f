import type { ErrorBody, LimitName } from "../../errors.js";
import type { CompileReport, ConstraintSource, MatcherState, MatcherStep } from "./service.js";

/** Start data of a worker. */
export interface WorkerSetup {
  vocabulary: PackedVocabulary;
  limits: NonNullable<NonNullable<ConstraintSource["options"]>["limits"]>;
}

/** A vocabulary in memory shared by all workers: the bytes of all tokens, and the offset of each. */
export interface PackedVocabulary {
  bytes: Uint8Array;
  /** One more than there are tokens. */
  offsets: Int32Array;
  special: readonly number[];
  ends: readonly number[];
  /** Tables computed from the tokens, so that threads need not repeat that. */
  tables: Uint8Array;
}

/** To the worker, which processes one job at a time. */
export type Job =
  | { type: "compile"; source: ConstraintSource }
  | { type: "step"; matcher: number; begin?: MatcherBeginning; step: MatcherStep };

export type WorkerMessage = Job | { type: "forget"; matcher: number };

/** A matcher that the worker does not have yet: its source, its accepted tokens, and the memory of its mask. */
export interface MatcherBeginning {
  source: ConstraintSource;
  accepted: readonly number[];
  mask: SharedArrayBuffer;
}

/** From the worker, once, when it is ready for jobs. */
export interface ReadyMessage {
  type: "ready";
}

/** From the worker, once, at the start, if the system numbers threads (Linux). */
export interface StartedMessage {
  type: "started";
  systemId: number;
}

/** From the worker, once per job. */
export type Reply =
  | { type: "compiled"; report: CompileReport }
  | { type: "stepped"; state: MatcherState }
  | { type: "failed"; error: ErrorBody; limit?: LimitName };
