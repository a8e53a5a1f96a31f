import type { GenerateResult } from "../../engine/index.js";
import type { FormworkError } from "../../errors.js";
import type { Fields } from "../bodyFields.js";
import type { ServerConfig } from "../config.js";
import type { GenerationInput } from "../request.js";
import type { EventFormat } from "../run.js";

/** A request read by a surface. */
export interface SurfaceCall {
  input: GenerationInput;
  streamed: boolean;
  /** Unsupported members of the request, besides those that are not read. */
  ignored?: readonly string[];
  /** Converts a pointer in the engine's errors to one into the body. */
  relocate?(pointer: string): string;
}

/** Facts about the request for answers. */
export interface AnswerHead {
  requestId: string;
  /** Seconds since 1970. */
  created: number;
  /** The requested model name, or the model's own. */
  model: string;
  /** Names of members that had no effect. */
  ignored: readonly string[];
  /** The names by which the request gave a field; `name` is the one on `/generate`. None: it did not. */
  namesGiven(name: string): readonly string[];
}

/** One HTTP API of the engine, served by `addGenerationRoute`. */
export interface SurfaceDefinition<Call extends SurfaceCall = SurfaceCall> {
  /** Default `text/event-stream`. */
  readonly streamType?: string;
  /** Throws `missing_field` and `invalid_request`. */
  read(fields: Fields, config: ServerConfig): Call;
  /** For APIs with a request that only loads the model. */
  readonly loading?: {
    /** The model of such a request; undefined for other requests. */
    model(fields: Fields): string | undefined;
    answer(head: AnswerHead): unknown;
  };
  /** The body of a whole answer, for `writeJson`. */
  answer(results: readonly GenerateResult[], call: Call, head: AnswerHead): unknown;
  /** The format of a stream. Created per request, so it may have state. */
  stream(call: Call, head: AnswerHead): EventFormat;
}

/** The error body in the surface's format. */
export type ErrorShape = (error: FormworkError) => Record<string, unknown>;
