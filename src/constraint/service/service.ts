import type { SchemaText } from "../../types.js";
import type { CompileOptions, Segment, SegmentOptions } from "../index.js";

/**
 * Matchers in worker threads. A caller that must not be held up, whatever the schema, has a constraint compiled and followed
 * here: each call is answered when its worker is through with it, masks lie in memory that both sides see, and a worker
 * that exceeds its limits is ended alone. Implementation: `WorkerService`.
 */
export interface ConstraintService {
  /**
   * Compiles `source`, or finds it compiled. Rejects with the `SchemaError` of the schema, with a `LimitError` that names the
   * limit, or with `cancelled` once `signal` aborts; the work ends with the signal.
   */
  compile(source: ConstraintSource, signal?: AbortSignal): Promise<CompileReport>;

  /** A matcher at the start of `source`. Costs nothing until its first step. */
  open(source: ConstraintSource): ServedMatcher;

  statistics(): ServiceStatistics;

  /** Ends all workers; what is under way rejects. */
  close(): Promise<void>;
}

/** What a document is held to; crosses to the worker as it is. Limits left out are the service's. */
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
  /** Tokens of the shortest document. */
  tokensToEnd: number;
}

/**
 * Follows one document. Steps are taken in the order of the calls. It outlives its worker: what has been accepted is
 * noted on this side, and is accepted again in the next worker.
 */
export interface ServedMatcher {
  /**
   * The set of tokens that may follow, one bit a token, as the last step with `mask` left it. Shared with the worker: to be
   * read between the end of one step and the beginning of the next.
   */
  readonly mask: Uint32Array;

  /** Undoes, accepts and looks ahead, in this order. Rejects as `compile` does; after that the matcher is of no more use. */
  step(step: MatcherStep): Promise<MatcherState>;

  /** Gives up the matcher; a step under way rejects with `cancelled` and its work ends. Calling it again does nothing. */
  forget(): void;
}

export interface MatcherStep {
  /** Tokens to undo first, of those accepted. */
  rollback?: number;
  /** Tokens to accept. The first that cannot follow ends it: `accepted` says how many could. */
  tokens?: readonly number[];
  /** Accept what must follow after that, as long as it leaves an end within `remaining`; the state lists it. */
  force?: boolean;
  /** Fill the mask. */
  mask?: boolean;
  /** Tokens that the document may still have before the step's `tokens` are accepted. Unlimited where left out. */
  remaining?: number;
}

export interface MatcherState {
  /** How many of the step's tokens could follow. */
  accepted: number;
  /** Tokens that had to follow and have been accepted too. */
  forced: readonly number[];
  canEnd: boolean;
  mustEnd: boolean;
  /** Tokens of a way to a valid end. */
  tokensToEnd: number;
}

export interface ServiceStatistics {
  workers: number;
  /** Jobs that wait, and jobs under way. */
  queued: number;
  active: number;
  /** Workers that were ended because a job exceeded its limits, or that died. */
  ended: number;
}

export interface ServiceSettings {
  /** Worker threads at most. */
  workers: number;
  /** Milliseconds that one job may take. A safeguard: the counted limits decide first. */
  jobMs: number;
  /** Megabytes of one worker's heap. */
  heapMb: number;
  /** Milliseconds without a job after which a worker is ended and its memory given back. */
  idleMs: number;
  /** Of compiling and of steps. */
  limits: NonNullable<CompileOptions["limits"]>;
}
