import type { ChatMessage, Tool, ToolCall } from "../../../types.js";
import type { CallLayout } from "../../answer/layout.js";

/** For models whose chat template does not support tools: the system message explains how to call them. */
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

/** The prompt's explanation of tools if the chat template has none; `isSpelled`: results are spelled out as text. */
export function toolInstruction(tools: readonly Tool[], layout: CallLayout, isSpelled: boolean): string {
  return [
    ...listTools(tools),
    "To call one, write its name and its arguments, which follow its parameters:",
    spell(layout, "...", "{...}"),
    ...(isSpelled ? ["You then get its result between <tool_response> tags."] : []),
  ].join("\n");
}

/** Spells out calls and results as text, for templates that omit them. */
export function spellCalls(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map(({ toolCalls, toolCallId: _id, ...message }): ChatMessage => {
    if (message.role === "tool")
      return { role: "user", content: `<tool_response>\n${message.content}\n</tool_response>` };
    if (toolCalls === undefined || toolCalls.length === 0) return message;
    const content = [message.content, spellPlainCalls(toolCalls)].filter((text) => text !== "").join("\n");
    return { ...message, content };
  });
}

/** The calls of one message in the plain format. */
export function spellPlainCalls(calls: readonly ToolCall[]): string {
  return calls.map(({ name, arguments: text }) => spell(PLAIN_CALLS, name, text)).join("\n");
}

function spell(layout: CallLayout, name: string, text: string): string {
  const { openings, isNameQuoted, afterName, afterArguments, closing } = layout;
  const [{ text: opening, beforeName }] = openings;
  const spelled = isNameQuoted ? JSON.stringify(name).slice(1, -1) : name;
  return `${opening}${beforeName}${spelled}${afterName}${text}${afterArguments}${closing}`;
}
