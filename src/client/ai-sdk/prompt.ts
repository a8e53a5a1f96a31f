import {
  type LanguageModelV3CallOptions,
  type LanguageModelV3Message,
  type LanguageModelV3ToolResultOutput,
  type SharedV3Warning,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { JsonSchema, ToolCall } from "../../types.js";
import type { ChatOptions, Message, ToolDefinition } from "../client.js";

/** Settings for `providerOptions.formwork`: those for which the SDK has no name. */
export type FormworkOptions = Omit<
  ChatOptions,
  "prompt" | "messages" | "system" | "schema" | "tools" | "toolChoice" | "signal" | "timeoutMs" | "bigints"
>;

/** AI SDK 7 adds this member. */
interface LaterOptions {
  reasoning?: string;
}

/** Converts the SDK's call options to a request of the client. Throws `UnsupportedFunctionalityError` for unsupported content. */
export function toChatOptions(
  options: LanguageModelV3CallOptions & LaterOptions,
  modelId: string,
): { chat: ChatOptions; warnings: SharedV3Warning[] } {
  const { responseFormat, toolChoice } = options;
  const warnings: SharedV3Warning[] = [];
  const tools = toTools(options, warnings);
  const isText = responseFormat?.type !== "json";
  return {
    chat: {
      messages: options.prompt.flatMap(toMessages),
      ...(isText ? {} : { schema: (responseFormat.schema ?? { type: "object" }) as JsonSchema }),
      ...(tools.length === 0 ? {} : { tools }),
      ...(tools.length === 0 || toolChoice === undefined
        ? {}
        : { toolChoice: toolChoice.type === "tool" ? { name: toolChoice.toolName } : toolChoice.type }),
      maxTokens: options.maxOutputTokens,
      temperature: options.temperature,
      topP: options.topP,
      topK: options.topK,
      presencePenalty: options.presencePenalty,
      frequencyPenalty: options.frequencyPenalty,
      stop: options.stopSequences?.length === 0 ? undefined : options.stopSequences,
      seed: options.seed,
      reasoning: toReasoning(options.reasoning),
      model: modelId === "" ? undefined : modelId,
      ...(options.providerOptions?.formwork as FormworkOptions | undefined),
      signal: options.abortSignal,
    },
    warnings,
  };
}

type Effort = NonNullable<NonNullable<ChatOptions["reasoning"]>["effort"]>;

const EFFORTS: Readonly<Record<string, Effort>> = {
  none: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

function toReasoning(effort: string | undefined): ChatOptions["reasoning"] {
  return effort !== undefined && Object.hasOwn(EFFORTS, effort) ? { effort: EFFORTS[effort] } : undefined;
}

function toTools({ tools = [] }: LanguageModelV3CallOptions, warnings: SharedV3Warning[]): ToolDefinition[] {
  return tools.flatMap((tool) => {
    if (tool.type === "function") {
      const { name, description, inputSchema } = tool;
      return [{ name, description, parameters: inputSchema as JsonSchema }];
    }
    warnings.push({ type: "unsupported", feature: `the provider's tool ${tool.id}` });
    return [];
  });
}

/** Converts a message of the SDK; the results of several calls become separate messages. */
function toMessages(message: LanguageModelV3Message): Message[] {
  if (message.role === "system") return [{ role: "system", content: message.content }];
  if (message.role === "tool") {
    return message.content.flatMap((part) =>
      part.type === "tool-result" ? [toResult(part.toolCallId, part.toolName, part.output)] : [],
    );
  }
  const turn = { content: "", reasoning: "" };
  const toolCalls: ToolCall[] = [];
  const results: Message[] = [];
  for (const part of message.content) {
    if (part.type === "text") turn.content += part.text;
    else if (part.type === "reasoning") turn.reasoning += part.text;
    else if (part.type === "tool-call")
      toolCalls.push({ id: part.toolCallId, name: part.toolName, arguments: textOf(part.input) });
    else if (part.type === "tool-result") results.push(toResult(part.toolCallId, part.toolName, part.output));
    else throw unreadable(part.type);
  }
  const { content, reasoning } = turn;
  return [
    {
      role: message.role,
      content,
      ...(reasoning === "" ? {} : { reasoning }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    },
    ...results,
  ];
}

function toResult(toolCallId: string, name: string, output: LanguageModelV3ToolResultOutput): Message {
  return { role: "tool", toolCallId, name, content: contentOf(output) };
}

function contentOf(output: LanguageModelV3ToolResultOutput): string {
  if (output.type === "execution-denied") return output.reason ?? "The call was not allowed.";
  if (output.type !== "content") return textOf(output.value);
  return output.value
    .map((part) => {
      if (part.type === "text") return part.text;
      throw unreadable(part.type);
    })
    .join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function unreadable(type: string): UnsupportedFunctionalityError {
  return new UnsupportedFunctionalityError({
    functionality: `a part of type ${type}`,
    message: `Formwork reads text only; the prompt holds a part of type ${type}.`,
  });
}
