import type { SchemaText } from "../../types.js";
import type { CompileOptions, Segment, SegmentOptions } from "../index.js";

/**
 * Matchers in worker threads, for callers that no schema may block. Calls are answered asynchronously, masks are in shared
 * memory, and only the worker that exceeds its limits is terminated. Implementation: `WorkerService`.
 */
export interface ConstraintService {
  /**
   * Compiles `source`, unless it is cached. Rejects with the `SchemaError` of the schema, with a `LimitError`, or with
   * `cancelled` when `signal` aborts, which also stops the work.
   */
  compile(source: ConstraintSource, signal?: AbortSignal): Promise<CompileReport>;

  /** Creates a matcher at the start of `source`. Free until its first step. */
  open(source: ConstraintSource): ServedMatcher;

  statistics(): ServiceStatistics;

  /** Terminates all workers; pending calls reject. */
  close(): Promise<void>;
}

/** The constraint of a document, sent to the worker unchanged. Default limits are the service's. */
export type ConstraintSource =
  | {
      kind: "schema";
      schemaText: SchemaText;
      documents?: Readonly<Record<string, SchemaText>>;
      options?: Omit<CompileOptions, "signal" | "documents">;
    }
  | { kind: "segments"; segments: readonly Segment[]; options?: Omit<SegmentOptions, "signal"> };

export interface CompileReport {
  warnings: readonly { pointer: string; keyword: string; message: string }[];
  /** Tokens of the shortest document that was found. */
  tokensToEnd: number;
}

/**
 * Follows one document. Steps run in the order of the calls. It survives its worker: the accepted tokens are recorded on the
 * caller's side and replayed in the next worker.
 */
export interface ServedMatcher {
  /**
   * The set of tokens that may follow, one bit per token, as of the last step with `mask`. The memory is shared with the worker,
   * so it may only be read between steps.
   */
  readonly mask: Uint32Array;

  /** Undoes, accepts and looks ahead, in this order. Rejects like `compile`; the matcher is then unusable. */
  step(step: MatcherStep): Promise<MatcherState>;

  /** Releases the matcher; a pending step rejects with `cancelled` and its work stops. Idempotent. */
  forget(): void;
}

export interface MatcherStep {
  /** Number of accepted tokens to undo first. */
  rollback?: number;
  /** Tokens to accept, up to the first that cannot follow: see `accepted`. */
  tokens?: readonly number[];
  /** Whether to accept forced tokens after that, as long as the document can be completed within `remaining`. */
  force?: boolean;
  /** Whether to fill the mask. */
  mask?: boolean;
  /** Remaining budget before the step's `tokens` are accepted. Default: unlimited. */
  remaining?: number;
}

export interface MatcherState {
  /** Number of the step's tokens that could follow. */
  accepted: number;
  /** Forced tokens that were accepted. */
  forced: readonly number[];
  canEnd: boolean;
  mustEnd: boolean;
  /** Tokens of an ending. */
  tokensToEnd: number;
}

export interface ServiceStatistics {
  workers: number;
  /** Waiting and running jobs. */
  queued: number;
  active: number;
  /** Workers that were terminated because a job exceeded its limits, or that died. */
  ended: number;
}

export interface ServiceSettings {
  /** Maximum number of worker threads. */
  workers: number;
  /** Maximum time of a job in milliseconds. A safeguard: the counted limits apply first. */
  jobMs: number;
  /** Maximum heap of a worker in megabytes. */
  heapMb: number;
  /** Idle milliseconds after which a worker is terminated to free its memory. */
  idleMs: number;
  /** Limits of compiling and of steps. */
  limits: NonNullable<CompileOptions["limits"]>;
}
