import type { FieldName, RequestContent } from "../../../engine/request/index.js";
import type { ChatMessage } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { readCount, readSettings } from "../../readSettings.js";
import { withLogprobs } from "../logprobs.js";
import { concedeDefaults } from "../openai/defaults.js";
import { readMessages } from "../openai/messages.js";
import { readFormat, withStrict } from "../openai/responseFormat.js";
import { readToolSettings } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";

export interface ChatCall extends SurfaceCall {
  /** Whether streams end with a usage chunk. */
  includesUsage: boolean;
  /** Whether calls are returned in the older form of `functions`. */
  usesFunctions: boolean;
  /** Names of the custom tools, whose input is a text. */
  customTools: ReadonlySet<string>;
  /** Whether the answer includes reasoning. */
  includesReasoning: boolean;
}

/** The body of `POST /v1/chat/completions`. */
export function readChat(fields: Fields, { maxTokensLimit }: ServerConfig): ChatCall {
  const messages = readMessages(fields, "messages");
  if (messages === undefined) throw fields.missing("messages");
  refuseSound(fields);
  concedeDefaults(fields);
  const format = readFormat(fields);
  const tools = readToolSettings(fields, true);
  const settings = withLogprobs(fields, readSettings(fields, "chat", maxTokensLimit));
  const content: Omit<RequestContent, "id"> = {
    messages,
    ...format.content,
    ...(tools.settings !== undefined && { tools: tools.settings }),
    ...(continuesLast(fields, messages) && { continueAssistant: true }),
  };
  return {
    input: {
      ...settings,
      names: new Map([...settings.names, ...nameOfContinuing(fields)]),
      content,
      values: withStrict(settings.values, format),
      count: readCount(fields, "chat"),
    },
    streamed: fields.boolean("stream") ?? false,
    includesUsage: fields.object("stream_options")?.boolean("include_usage") ?? false,
    usesFunctions: fields.get("tools") === undefined && fields.get("functions") !== undefined,
    customTools: tools.custom,
    includesReasoning: includesReasoning(fields),
    relocate: tools.relocate,
  };
}

/** Whether to continue a final assistant message: true unless the caller opts out with vLLM's fields. */
function continuesLast(fields: Fields, messages: readonly ChatMessage[]): boolean {
  const last = messages[messages.length - 1];
  const isPossible = last.role === "assistant" && last.toolCalls === undefined;
  const opensAnswer = fields.boolean("add_generation_prompt");
  const continues = fields.boolean("continue_final_message");
  if (continues === true && !isPossible) {
    throw fields.invalid("continue_final_message", "needs the assistant's words as the last message");
  }
  return isPossible && (continues ?? opensAnswer !== true);
}

/** The caller's name for continuing the last message, if it is not that of the messages. */
function nameOfContinuing(fields: Fields): [FieldName, string][] {
  return fields.boolean("continue_final_message") === true ? [["messages", "continue_final_message"]] : [];
}

/** Whether the answer includes reasoning, by the fields of vLLM and OpenRouter. The model reasons in any case. */
function includesReasoning(fields: Fields): boolean {
  const isExcluded = fields.object("reasoning")?.boolean("exclude") ?? false;
  return (fields.boolean("include_reasoning") ?? true) && !isExcluded;
}

/** Rejects modalities other than text. */
function refuseSound(fields: Fields): void {
  const modalities = fields.list("modalities") ?? [];
  if (modalities.some((one) => one !== "text")) throw fields.invalid("modalities", 'may hold "text" only');
}
