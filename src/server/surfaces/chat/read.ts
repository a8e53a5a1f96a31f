import type { RequestContent, RequestValues } from "../../../engine/request/index.js";
import type { ServerConfig } from "../../config.js";
import type { Fields } from "../../fields.js";
import { readCount, readSettings } from "../../settings.js";
import { readFormat, withStrict } from "../openai/format.js";
import { readMessages } from "../openai/messages.js";
import { readToolSettings } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";

export interface ChatCall extends SurfaceCall {
  /** Streams end with a chunk that reports tokens. */
  includesUsage: boolean;
  /** Calls are answered in the older form of `functions`. */
  usesFunctions: boolean;
}

/** The body of `POST /v1/chat/completions`. */
export function readChat(fields: Fields, { maxTokensLimit }: ServerConfig): ChatCall {
  const messages = readMessages(fields, "messages");
  if (messages === undefined) throw fields.missing("messages");
  refuseSound(fields);
  fields.concede("store", false);
  const format = readFormat(fields);
  const tools = readToolSettings(fields);
  const { values, names } = readSettings(fields, "chat", maxTokensLimit);
  const last = messages[messages.length - 1];
  const continues = last.role === "assistant" && last.toolCalls === undefined;
  const content: Omit<RequestContent, "id"> = {
    messages,
    ...format.content,
    ...(tools !== undefined && { tools }),
    ...(continues && { continueAssistant: true }),
  };
  return {
    input: {
      content,
      values: withStrict(withLogprobs(fields, values), format),
      names,
      count: readCount(fields, "chat"),
    },
    streamed: fields.boolean("stream") ?? false,
    includesUsage: fields.object("stream_options")?.boolean("include_usage") ?? false,
    usesFunctions: fields.get("tools") === undefined && fields.get("functions") !== undefined,
  };
}

/** `logprobs` asks for them, `top_logprobs` says how many alternatives. */
function withLogprobs(fields: Fields, values: RequestValues): RequestValues {
  const { logprobs: alternatives, ...others } = values;
  if (fields.boolean("logprobs")) return { ...others, logprobs: alternatives ?? 0 };
  if (alternatives !== undefined && alternatives > 0) {
    throw fields.invalid("top_logprobs", "needs `logprobs` to be true");
  }
  return others;
}

/** Text is all that is spoken here. */
function refuseSound(fields: Fields): void {
  const modalities = fields.list("modalities") ?? [];
  if (modalities.some((one) => one !== "text")) throw fields.invalid("modalities", 'may hold "text" only');
}
