import { ERROR_CODES, type ErrorCode } from "../../../errors.js";
import type { ServerSentEvent } from "../../../http/index.js";
import { isRecord, RawJson } from "../../../json/index.js";
import type { SchemaCapabilities } from "../relax/capabilities.js";
import type { Protocol, RemoteKind, UpstreamCall, UpstreamFailure, UpstreamPiece } from "./protocol.js";

type Body = Record<string, unknown>;

export interface OpenAiProtocolOptions {
  kind: RemoteKind;
  capabilities: SchemaCapabilities;
  readyPath: string;
  keepsConnections?: boolean;
  /** Fields specific to this server. */
  extra(call: UpstreamCall): Body;
}

/** A server with OpenAI's chat protocol and its specific settings. */
export function openAiProtocol(options: OpenAiProtocolOptions): Protocol {
  return {
    kind: options.kind,
    capabilities: options.capabilities,
    describesSchema: false,
    readyPath: options.readyPath,
    keepsConnections: options.keepsConnections ?? true,
    request: (call) => ({
      path: "/v1/chat/completions",
      body: {
        model: call.model,
        messages: call.messages,
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: call.maxTokens,
        temperature: call.sampling.temperature,
        top_p: call.sampling.topP,
        seed: call.sampling.seed,
        ...responseFormat(call),
        ...call.answer,
        ...options.extra(call),
      },
    }),
    read: readChunk,
  };
}

function responseFormat({ mode, schema }: UpstreamCall): Body {
  if (mode === "none") return {};
  if (mode === "json") return { response_format: { type: "json_object" } };
  const description = { name: "document", schema: new RawJson(schema) };
  return { response_format: { type: "json_schema", json_schema: description } };
}

/** A chunk of a chat completion, a whole completion of a server that does not stream, or an error in a stream after a 200. */
export function readChunk({ event, data }: ServerSentEvent): UpstreamPiece | undefined {
  if (data === "[DONE]") return undefined;
  let chunk: Body;
  try {
    chunk = JSON.parse(data);
  } catch {
    return {
      error: { status: 502, message: `something that is not JSON in the stream: ${data.slice(0, 200)}` },
    };
  }
  if (event === "error" || "error" in chunk) return { error: readFailure(chunk, 502) };
  const piece: UpstreamPiece = {};
  if (typeof chunk.model === "string") piece.model = chunk.model;
  const choice = (chunk.choices as Body[] | undefined)?.[0];
  if (choice !== undefined) {
    const { content, reasoning_content, reasoning } = (choice.delta ?? choice.message ?? {}) as Body;
    if (typeof content === "string" && content !== "") piece.text = content;
    // Newer versions of vLLM use the second name.
    const thought = reasoning_content ?? reasoning;
    if (typeof thought === "string" && thought !== "") piece.part = { type: "reasoning", text: thought };
    if (choice.finish_reason === "abort")
      return { error: { status: 502, message: "it gave the request up" } };
    if (typeof choice.finish_reason === "string") {
      piece.finish = choice.finish_reason === "length" ? "length" : "stop";
    }
  }
  if (isRecord(chunk.usage)) {
    const details = isRecord(chunk.usage.prompt_tokens_details) ? chunk.usage.prompt_tokens_details : {};
    piece.usage = {
      promptTokens: count(chunk.usage.prompt_tokens),
      cachedTokens: count(details.cached_tokens),
      completionTokens: count(chunk.usage.completion_tokens),
      forcedTokens: 0,
    };
  }
  return piece;
}

/** The error in a body: OpenAI's object, a plain text, or Formwork's. `status` is used if the body has none. */
export function readFailure(body: unknown, status: number): UpstreamFailure {
  if (!isRecord(body)) return { status, message: typeof body === "string" ? body.trim().slice(0, 500) : "" };
  if (typeof body.error === "string") {
    return {
      status:
        typeof body.status === "number" ? body.status : typeof body.code === "number" ? body.code : status,
      message: body.error,
      code: isErrorCode(body.code) ? body.code : undefined,
      pointer: typeof body.pointer === "string" ? body.pointer : undefined,
    };
  }
  const error = isRecord(body.error) ? body.error : body;
  const code = Number(error.code ?? body.code);
  return {
    status: code >= 400 && code <= 599 ? code : status,
    message: typeof error.message === "string" ? error.message : "",
    parameter: typeof error.param === "string" ? error.param : undefined,
  };
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
