import type { Template } from "@huggingface/jinja";
import type { ChatMessage, Tool, ToolCall } from "../types.js";
import type { PromptOptions } from "./runtime.js";
import { KNOWN_CALLS } from "./templateTree.js";

/** Messages and options under the names that chat templates use. `takesObjects`: whether arguments of calls are objects. */
export function templateValues(
  messages: readonly ChatMessage[],
  options: PromptOptions,
  takesObjects: (messages: unknown[]) => boolean,
): Record<string, unknown> {
  const { tools, thinking = false, effort, openAnswer = true } = options;
  const hasCalls = messages.some(({ toolCalls }) => toolCalls !== undefined && toolCalls.length > 0);
  const objects = hasCalls && takesObjects(PROBE_MESSAGES.map((message) => messageValue(message, true)));
  return {
    messages: messages.map((message) => messageValue(message, objects)),
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

function messageValue(message: ChatMessage, objects: boolean): Record<string, unknown> {
  const { role, content, reasoning, toolCalls = [], toolCallId, name } = message;
  return {
    role,
    content,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map((call) => callValue(call, objects)) }),
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

const known = new WeakMap<Template, boolean>();

/** Whether the template formats arguments given as objects as JSON; other templates expect JSON text. */
export function writesObjects(template: Template, messages: unknown[]): boolean {
  let objects = known.get(template);
  if (objects === undefined) {
    try {
      const text = template.render({
        ...KNOWN_CALLS,
        messages,
        add_generation_prompt: false,
        bos_token: "",
        eos_token: "",
      });
      objects = /["']?probe_key["']?\s*[:=<>]/.test(text) && !text.includes("[object");
    } catch {
      objects = true;
    }
    known.set(template, objects);
  }
  return objects;
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
