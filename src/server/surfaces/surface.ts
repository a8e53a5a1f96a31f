import type { GenerateResult } from "../../engine/index.js";
import type { FormworkError } from "../../errors.js";
import type { Fields } from "../bodyFields.js";
import type { ServerConfig } from "../config.js";
import type { GenerationInput } from "../request.js";
import type { EventFormat } from "../run.js";

/** A request as a surface has read it. */
export interface SurfaceCall {
  input: GenerationInput;
  streamed: boolean;
  /** What of the request is not honoured, beside the members that nobody reads. */
  ignored?: readonly string[];
}

/** What every answer says of its request. */
export interface AnswerHead {
  requestId: string;
  /** Seconds since 1970. */
  created: number;
  /** The name that the caller asked for; without one, the model's own. */
  model: string;
  /** Names of members that were not honoured. */
  ignored: readonly string[];
}

/** One way to ask the engine over HTTP. `addGenerationRoute` serves it. */
export interface SurfaceDefinition<Call extends SurfaceCall = SurfaceCall> {
  /** Default `text/event-stream`. */
  readonly streamType?: string;
  /** Throws `missing_field` and `invalid_request`. */
  read(fields: Fields, config: ServerConfig): Call;
  /** Where the API has a request that loads the model and generates nothing. */
  readonly loading?: {
    /** The model that such a request names; undefined for any other request. */
    model(fields: Fields): string | undefined;
    answer(head: AnswerHead): unknown;
  };
  /** The body of a whole answer, for `writeJson`. */
  answer(results: readonly GenerateResult[], call: Call, head: AnswerHead): unknown;
  /** The form of a streamed one. Made for each request, so it may keep state. */
  stream(call: Call, head: AnswerHead): EventFormat;
}

/** The body of a failure, in the shape of a surface. */
export type ErrorShape = (error: FormworkError) => Record<string, unknown>;
