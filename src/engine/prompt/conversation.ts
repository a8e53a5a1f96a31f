import type { PromptOptions } from "../../runtime/index.js";
import type { ChatMessage } from "../../types.js";
import { activeTools } from "../answer/plan.js";
import type { ReasoningSettings, ToolSettings } from "../engine.js";
import type { ChatFormats } from "./formats/chatFormats.js";
import { spellCalls, toolInstruction } from "./formats/plain.js";
import { withInstruction } from "./prompt.js";

/** What determines how a conversation is presented to the model. */
export interface ConversationSettings {
  messages: readonly ChatMessage[];
  tools?: ToolSettings;
  reasoning?: ReasoningSettings;
  continueAssistant?: boolean;
}

/** The conversation as input of the chat template: messages and options. */
export function conversationOf(
  { messages, tools: settings, reasoning, continueAssistant }: ConversationSettings,
  instruction: string,
  formats: ChatFormats,
): { messages: readonly ChatMessage[]; options: PromptOptions } {
  const tools = activeTools(settings)?.tools ?? [];
  const thinking = reasoning?.enabled === true;
  const instructions = [
    ...(tools.length > 0 && !formats.knowsTools
      ? [toolInstruction(tools, formats.calls, !formats.knowsResults)]
      : []),
    ...(instruction === "" ? [] : [instruction]),
  ];
  const hasCalls = messages.some(({ role, toolCalls }) => role === "tool" || toolCalls !== undefined);
  const spelled = !hasCalls || formats.knowsResults ? messages : spellCalls(messages, formats.calls);
  // If calls are possible, the model first decides whether the answer is one.
  const contentOpening = tools.length > 0 ? "" : (formats.contentOpening ?? "");
  return {
    messages: instructions.length === 0 ? spelled : withInstruction(spelled, instructions.join("\n\n")),
    options: {
      ...(tools.length > 0 && formats.knowsTools ? { tools } : {}),
      thinking,
      ...(reasoning?.effort === undefined ? {} : { effort: formats.effortWord(reasoning.effort) }),
      ...(continueAssistant === true ? { continueAssistant } : {}),
      ...(formats.promptReasoning === undefined ? {} : { reasoning: formats.promptReasoning }),
      ...(thinking || contentOpening === "" ? {} : { suffix: contentOpening }),
    },
  };
}
