import type { ToolCall } from "../types.js";

/** A message of a conversation, with the names of the library. */
export interface MessageParts {
  role: string;
  content?: unknown;
  name?: string | undefined;
  reasoning?: string | undefined;
  toolCalls?: readonly ToolCall[] | undefined;
  toolCallId?: string | undefined;
}

/** The same with the wire names of `/generate`. */
export function wireMessage(message: MessageParts): Record<string, unknown> {
  const { role, content, name, reasoning, toolCalls = [], toolCallId } = message;
  return {
    role,
    content: content ?? "",
    ...(name === undefined ? {} : { name }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}
