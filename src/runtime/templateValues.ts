import type { Template } from "@huggingface/jinja";
import type { ChatMessage, Tool, ToolCall } from "../types.js";
import type { PromptOptions } from "./runtime.js";
import { KNOWN_CALLS } from "./templateTree.js";

/** How a template expects the calls of earlier messages. */
export interface CallStyle {
  /** Whether arguments are objects; otherwise they are JSON text. */
  takesObjects: boolean;
  /** Whether it only writes the calls of messages whose content is null, as DeepSeek R1's first templates do. */
  needsNull: boolean;
}

/** Messages and options under the names that chat templates use. `styleOf` is only called for conversations with calls. */
export function templateValues(
  messages: readonly ChatMessage[],
  options: PromptOptions,
  styleOf: () => CallStyle,
): Record<string, unknown> {
  const { tools, thinking = false, effort, openAnswer = true } = options;
  const hasCalls = messages.some(({ toolCalls }) => toolCalls !== undefined && toolCalls.length > 0);
  const style = hasCalls ? styleOf() : NO_CALLS;
  return {
    messages: messages.flatMap((message) => messageValues(message, style)),
    ...(tools === undefined ? {} : { tools: tools.map(toolValue) }),
    add_generation_prompt: openAnswer,
    enable_thinking: thinking,
    // DeepSeek's and Kimi's name.
    thinking,
    // Firefunction's.
    functions: JSON.stringify((tools ?? []).map(toolValue)),
    datetime: new Date().toISOString().slice(0, 10),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  };
}

const NO_CALLS: CallStyle = { takesObjects: false, needsNull: false };

/** The message; its text and its calls as two messages where a template writes either. */
function messageValues(message: ChatMessage, style: CallStyle): Record<string, unknown>[] {
  const { toolCalls = [], ...text } = message;
  if (!style.needsNull || toolCalls.length === 0) return [messageValue(message, message.content, style)];
  const calls = messageValue({ role: message.role, content: "", toolCalls }, null, style);
  return message.content === "" ? [calls] : [messageValue(text, text.content, style), calls];
}

function messageValue(
  message: ChatMessage,
  content: string | null,
  { takesObjects }: CallStyle,
): Record<string, unknown> {
  const { role, reasoning, toolCalls = [], toolCallId, name } = message;
  return {
    role,
    content,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map((call) => callValue(call, takesObjects)) }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(name === undefined ? {} : { name }),
  };
}

function callValue({ id, name, arguments: text }: ToolCall, objects: boolean): Record<string, unknown> {
  return { id, type: "function", function: { name, arguments: objects ? parsed(text, text) : text } };
}

function toolValue({ name, description, parameters }: Tool): Record<string, unknown> {
  return {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: parsed(parameters, {}),
    },
  };
}

function parsed(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

const PROBE_MESSAGES: readonly ChatMessage[] = [
  { role: "user", content: "?" },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "abcdefghi", name: "probe", arguments: '{"probe_key":1}' }],
  },
];

const known = new WeakMap<Template, CallStyle>();

/** How the template expects calls, by what it writes of a probe. */
export function callStyle(template: Template): CallStyle {
  let style = known.get(template);
  if (style === undefined) {
    style = findCallStyle(template);
    known.set(template, style);
  }
  return style;
}

function findCallStyle(template: Template): CallStyle {
  const written = (style: CallStyle) => writtenProbe(template, style);
  const asObject = written({ takesObjects: true, needsNull: false });
  // A template that rejects the probe is given objects, as most of them expect.
  if (asObject === undefined || hasObject(asObject)) return { takesObjects: true, needsNull: false };
  const asText = { takesObjects: false, needsNull: false };
  if (hasProbe(written(asText))) return asText;
  for (const takesObjects of [true, false]) {
    const style = { takesObjects, needsNull: true };
    const text = written(style);
    if (takesObjects ? hasObject(text) : hasProbe(text)) return style;
  }
  return asText;
}

function hasProbe(text: string | undefined): boolean {
  return text?.includes("probe_key") === true;
}

function hasObject(text: string | undefined): boolean {
  return text !== undefined && /["']?probe_key["']?\s*[:=<>]/.test(text) && !text.includes("[object");
}

/** Undefined if the template fails. */
function writtenProbe(template: Template, style: CallStyle): string | undefined {
  try {
    return template.render({
      ...KNOWN_CALLS,
      messages: PROBE_MESSAGES.flatMap((message) => messageValues(message, style)),
      add_generation_prompt: false,
      bos_token: "",
      eos_token: "",
    });
  } catch {
    return undefined;
  }
}

/**
 * The tools unchanged, then with empty descriptions added. Without tools: undefined, then an empty list, over which some templates
 * iterate without checking.
 */
export function toolAttempts(tools: readonly Tool[] | undefined): (readonly Tool[] | undefined)[] {
  if (tools === undefined) return [undefined, []];
  return [tools, tools.map((tool) => ({ description: "", ...tool, parameters: described(tool.parameters) }))];
}

function described(parameters: string): string {
  const schema = parsed(parameters, {});
  if (typeof schema !== "object" || schema === null) return parameters;
  const { properties = {} } = schema as { properties?: Record<string, unknown> };
  const members = Object.entries(properties).map(([name, member]) => [
    name,
    typeof member === "object" ? { description: "", ...member } : member,
  ]);
  return JSON.stringify({ ...schema, properties: Object.fromEntries(members) });
}
