import { isJsonObject, parseJson, writeJson } from "../../../json/index.js";
import type { ChatMessage, Tool, ToolCall } from "../../../types.js";
import { afterClosingOf, type CallLayout, type MemberLayout } from "../../answer/layout.js";

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
    spell(layout, [{ name: "...", arguments: "{...}" }]),
    ...(isSpelled ? ["You then get its result between <tool_response> tags."] : []),
  ].join("\n");
}

/** Spells out calls, in the model's format, and results as text, for templates that omit them. */
export function spellCalls(messages: readonly ChatMessage[], layout: CallLayout): ChatMessage[] {
  return messages.map(({ toolCalls, toolCallId: _id, ...message }): ChatMessage => {
    if (message.role === "tool")
      return { role: "user", content: `<tool_response>\n${message.content}\n</tool_response>` };
    if (toolCalls === undefined || toolCalls.length === 0) return message;
    const content = [message.content, spell(layout, toolCalls)].filter((text) => text !== "").join("\n");
    return { ...message, content };
  });
}

/** The calls of one message in the plain format. */
export function spellPlainCalls(calls: readonly ToolCall[]): string {
  return spell(PLAIN_CALLS, calls);
}

function spell(layout: CallLayout, calls: readonly Pick<ToolCall, "name" | "arguments">[]): string {
  const { openings, isNameQuoted, beforeName, afterName, members, afterArguments, separator, closing } =
    layout;
  const [opening] = openings;
  const spelled = calls.map(({ name, arguments: text }) =>
    [
      isNameQuoted ? JSON.stringify(name).slice(1, -1) : name,
      afterName,
      members === undefined ? text : spellMembers(members, text),
      afterArguments,
    ].join(""),
  );
  if (separator === undefined)
    return spelled.map((call) => `${opening.text}${opening.beforeName}${call}${closing}`).join("\n");
  return `${opening.text}${opening.beforeName}${spelled.join(`${separator}${beforeName}`)}${closing}`;
}

function spellMembers(layout: MemberLayout, text: string): string {
  const {
    beforeKey,
    beforeValue,
    beforeJson = beforeValue,
    closing,
    closingJson = closing,
    padding,
  } = layout;
  const value = parseJson(text);
  if (!isJsonObject(value)) return text;
  return [...value]
    .map(([key, member]) => {
      const written =
        typeof member === "string" && layout.values !== "json"
          ? `${beforeValue}${member}${padding}${closing}`
          : `${beforeJson}${writeJson(member)}${closingJson}`;
      return `${beforeKey}${key}${written}${afterClosingOf(layout, key)}`;
    })
    .join(layout.separator ?? "");
}
