import type { ErrorCode } from "../../../errors.js";
import type { ServerSentEvent } from "../../../http/index.js";
import type { ChatMessage, SamplingSettings, SchemaText } from "../../../types.js";
import type { AnswerPart } from "../../answer/part.js";
import type { RemoteKind } from "../../request/index.js";
import type { SchemaCapabilities } from "../relax/capabilities.js";

export type { RemoteKind } from "../../request/index.js";

/** The constraint requested from the server: the schema, any JSON object, or only the prompt. */
export type ConstraintMode = "schema" | "json" | "none";

export interface UpstreamCall {
  model: string;
  messages: readonly ChatMessage[];
  /** The schema that the server can enforce. */
  schema: SchemaText;
  /** For a server that supports documents in addition to the schema. */
  documents: Readonly<Record<string, SchemaText>> | undefined;
  mode: ConstraintMode;
  maxTokens: number;
  sampling: SamplingSettings;
  /** Further fields of OpenAI's protocol: penalties, stop texts, patterns and choices. */
  answer: Readonly<Record<string, unknown>>;
  /** Whether the answer is text, without a schema. */
  isText: boolean;
}

export interface UpstreamUsage {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
}

/** The content of an event of the server's stream; unset fields are missing. */
export interface UpstreamPiece {
  text?: string;
  /** For a server that sends calls and reasoning as separate parts. */
  part?: AnswerPart;
  /** Why the text ends: `stop`, or `length` if the budget truncated it. */
  finish?: "stop" | "length";
  usage?: UpstreamUsage;
  model?: string;
  error?: UpstreamFailure;
}

/** A rejection or failure, in a body or in a stream. */
export interface UpstreamFailure {
  status: number;
  message: string;
  /** Whether it came in a stream that had started with a 200 but contained no text, so that nothing was generated. */
  inStream?: boolean;
  /** The rejected request field, if the server names one. */
  parameter?: string | undefined;
  /** The error code, if it is a Formwork server. */
  code?: ErrorCode | undefined;
  /** The JSON pointer, if it is a Formwork server. */
  pointer?: string | undefined;
}

/** The protocol of one kind of server. */
export interface Protocol {
  readonly kind: RemoteKind;
  /** The schema features that it enforces; undefined: all. */
  readonly capabilities: SchemaCapabilities | undefined;
  /** Whether it describes the schema to the model itself. */
  readonly describesSchema: boolean;
  /** A path whose `GET` returns 2xx when the server can generate. Requested until the server is known to be ready. */
  readonly readyPath: string;
  /** Whether connections may be reused. A server that closes them unpredictably breaks the next request. */
  readonly keepsConnections: boolean;
  /** Path of generation requests; `body` is sent as written by `writeJson`. The answer is a stream of events. */
  request(call: UpstreamCall): { path: string; body: Record<string, unknown> };
  /** The content of an event; undefined if it has none. */
  read(event: ServerSentEvent): UpstreamPiece | undefined;
}
