import { type ServerSentEvent, wireMessage } from "../../../http/index.js";
import { RawJson } from "../../../json/index.js";
import type { ChatMessage, SchemaText } from "../../../types.js";
import { readChunk, readFailure } from "./openAi.js";
import type { Protocol, UpstreamPiece } from "./protocol.js";

/** Another Formwork server: enforces every schema, describes it to the model and never truncates a document. */
export const formwork: Protocol = {
  kind: "formwork",
  capabilities: undefined,
  describesSchema: true,
  // Loads the model if necessary.
  readyPath: "/warmup",
  keepsConnections: true,
  request(call) {
    const turns = splitTurns(call.messages);
    const schema = new RawJson(call.schema);
    const settings = {
      stream: true,
      max_tokens: call.maxTokens,
      temperature: call.sampling.temperature,
      top_p: call.sampling.topP,
      seed: call.sampling.seed,
      ...(call.documents === undefined ? {} : { documents: rawMembers(call.documents) }),
      ...(call.model === "" ? {} : { model: call.model }),
      ...call.answer,
    };
    if ("tools" in call.answer || "reasoning" in call.answer) {
      const { structured_outputs: held, ...rest } = settings as Record<string, unknown>;
      const answer = call.isText ? ((held as object | undefined) ?? { tools: [] }) : { schema };
      return { path: "/generate", body: { messages: call.messages.map(wireMessage), ...answer, ...rest } };
    }
    if (turns !== undefined && !call.isText)
      return { path: "/generate", body: { ...turns, schema, ...settings } };
    return {
      path: "/v1/chat/completions",
      body: {
        ...settings,
        messages: call.messages.map(wireMessage),
        stream_options: { include_usage: true },
        ...(call.isText
          ? {}
          : { response_format: { type: "json_schema", json_schema: { name: "document", schema } } }),
      },
    };
  },
  read: (event) => (event.event === "message" ? readChunk(event) : readEvent(event)),
};

function rawMembers(texts: Readonly<Record<string, SchemaText>>): Map<string, RawJson> {
  return new Map(Object.entries(texts).map(([uri, text]) => [uri, new RawJson(text)]));
}

function splitTurns(messages: readonly ChatMessage[]): { prompt: string; system?: string } | undefined {
  const [first, second] = messages;
  if (messages.length === 1 && first.role === "user") return { prompt: first.content };
  if (messages.length === 2 && first.role === "system" && second.role === "user") {
    return { system: first.content, prompt: second.content };
  }
  return undefined;
}

/** The fields of its events that are used here. */
interface EventBody {
  prompt_tokens: number;
  cached_tokens: number;
  text: string;
  call: number;
  id: string;
  name: string;
  finish_reason: string;
  model: string;
  usage: { prompt_tokens: number; cached_tokens: number; completion_tokens: number; forced_tokens: number };
}

function readEvent({ event, data }: ServerSentEvent): UpstreamPiece | undefined {
  let value: Partial<EventBody>;
  try {
    value = JSON.parse(data);
  } catch {
    return {
      error: { status: 502, message: `something that is not JSON in the stream: ${data.slice(0, 200)}` },
    };
  }
  if (event === "error") return { error: readFailure(value, 502) };
  if (event === "delta") return { text: value.text ?? "" };
  const { call: index = 0, id = "", name = "", text = "" } = value;
  if (event === "reasoning") return { part: { type: "reasoning", text } };
  if (event === "tool_call") return { part: { type: "toolCall", index, id, name } };
  if (event === "tool_arguments") return { part: { type: "toolArguments", index, text } };
  if (event === "start") {
    const { prompt_tokens: promptTokens = 0, cached_tokens: cachedTokens = 0 } = value;
    return { usage: { promptTokens, cachedTokens, completionTokens: 0, forcedTokens: 0 } };
  }
  if (event !== "finish") return {};
  return {
    // `length` means that the document was closed early and is complete.
    finish: value.finish_reason === "length" ? "length" : "stop",
    ...(value.model === undefined ? {} : { model: value.model }),
    usage: {
      promptTokens: value.usage?.prompt_tokens ?? 0,
      cachedTokens: value.usage?.cached_tokens ?? 0,
      completionTokens: value.usage?.completion_tokens ?? 0,
      forcedTokens: value.usage?.forced_tokens ?? 0,
    },
  };
}
