import type { ErrorCode } from "../../../errors.js";
import type { ServerSentEvent } from "../../../http/index.js";
import type { ChatMessage, SamplingSettings, SchemaText } from "../../../types.js";
import type { AnswerPart } from "../../answer/part.js";
import type { RemoteKind } from "../../request/index.js";
import type { SchemaCapabilities } from "../relax/capabilities.js";

export type { RemoteKind } from "../../request/index.js";

/** How the server is held to the schema: by the schema, to any JSON object, or by the prompt alone. */
export type ConstraintMode = "schema" | "json" | "none";

export interface UpstreamCall {
  model: string;
  messages: readonly ChatMessage[];
  /** As the server can enforce it. */
  schema: SchemaText;
  /** For a server that takes them beside the schema. */
  documents: Readonly<Record<string, SchemaText>> | undefined;
  mode: ConstraintMode;
  maxTokens: number;
  sampling: SamplingSettings;
  /** Further fields of OpenAI's protocol: penalties, stop texts, patterns and choices. */
  answer: Readonly<Record<string, unknown>>;
  /** The answer is text: no schema goes with it. */
  isText: boolean;
}

export interface UpstreamUsage {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
}

/** What one event of the server's stream says; fields that it does not speak of are missing. */
export interface UpstreamPiece {
  text?: string;
  /** Of a server that hands out calls and reasoning as parts of their own. */
  part?: AnswerPart;
  /** Why the text ends: `stop`, or `length` where the budget cut it. */
  finish?: "stop" | "length";
  usage?: UpstreamUsage;
  model?: string;
  error?: UpstreamFailure;
}

/** A refusal or failure, in a body or in a stream. */
export interface UpstreamFailure {
  status: number;
  message: string;
  /** Told in a stream that had begun with a 200 and had brought no text: nothing was generated. */
  inStream?: boolean;
  /** The request field at fault, where the server names one. */
  parameter?: string | undefined;
  /** The code of a Formwork server. */
  code?: ErrorCode | undefined;
  /** JSON pointer of a Formwork server. */
  pointer?: string | undefined;
}

/** How to speak with one kind of server. */
export interface Protocol {
  readonly kind: RemoteKind;
  /** What it enforces; undefined: every schema, as it stands. */
  readonly capabilities: SchemaCapabilities | undefined;
  /** It describes the schema to the model itself. */
  readonly describesSchema: boolean;
  /** A path whose `GET` answers 2xx once the server can generate. Asked while it is not known to be ready. */
  readonly readyPath: string;
  /** Connections may be used again. A server that closes them at times of its own choosing breaks the next request. */
  readonly keepsConnections: boolean;
  /** Where a document is asked for; `body` goes there, by `writeJson`. The answer is a stream of events. */
  request(call: UpstreamCall): { path: string; body: Record<string, unknown> };
  /** What an event says; undefined: nothing. */
  read(event: ServerSentEvent): UpstreamPiece | undefined;
}
