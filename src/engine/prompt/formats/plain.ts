import type { ChatMessage, Tool, ToolCall } from "../../../types.js";
import type { CallLayout } from "../../answer/layout.js";

/** For models whose chat template knows no tools: the system message explains how to call them. */
export const PLAIN_CALLS: CallLayout = {
  openings: [{ text: "<tool_call>", beforeName: '\n{"name": "' }],
  isNameQuoted: true,
  beforeName: '\n{"name": "',
  afterName: '", "arguments": ',
  afterArguments: "}\n",
  closing: "</tool_call>",
};

/** The tools, line by line, for a prompt. */
export function listTools(tools: readonly Tool[]): string[] {
  const lines = tools.map(
    ({ name, description, parameters }) =>
      `{"name": ${JSON.stringify(name)}, ${description === undefined ? "" : `"description": ${JSON.stringify(description)}, `}"parameters": ${parameters}}`,
  );
  return ["You may call these functions:", ...lines];
}

/** What the prompt says about tools where the chat template does not. */
export function toolInstruction(tools: readonly Tool[]): string {
  return [
    ...listTools(tools),
    "To call one, write its name and its arguments, which follow its parameters, between tags:",
    '<tool_call>\n{"name": "...", "arguments": {...}}\n</tool_call>',
    "You then get its result between <tool_response> tags.",
  ].join("\n");
}

/** Calls and results written out as text, for templates that leave them out. */
export function spellCalls(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map(({ toolCalls, toolCallId: _id, ...message }): ChatMessage => {
    if (message.role === "tool")
      return { role: "user", content: `<tool_response>\n${message.content}\n</tool_response>` };
    if (toolCalls === undefined || toolCalls.length === 0) return message;
    const calls = toolCalls.map(spellCall);
    return { ...message, content: [message.content, ...calls].filter((text) => text !== "").join("\n") };
  });
}

function spellCall({ name, arguments: text }: ToolCall): string {
  const { openings, afterName, afterArguments, closing } = PLAIN_CALLS;
  const [{ text: opening, beforeName }] = openings;
  return `${opening}${beforeName}${JSON.stringify(name).slice(1, -1)}${afterName}${text}${afterArguments}${closing}`;
}
