import type { ChatMessage, ToolCall } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import { readCustomCall, readText } from "../openai/messages.js";

const ROLES = ["system", "developer", "user", "assistant"] as const;
const TYPES = [
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "reasoning",
] as const;

/** The conversation in `input`: a text, or items of earlier answers. Throws with pointers. */
export function readInput(fields: Fields): ChatMessage[] {
  const input = fields.get("input");
  if (typeof input === "string" && input !== "") return [{ role: "user", content: input }];
  const items = typeof input === "string" ? [] : (fields.objects("input", "An item") ?? []);
  if (items.length === 0) throw fields.missing("input");
  const messages: ChatMessage[] = [];
  let reasoning: string | undefined;
  if (typeOf(items[items.length - 1]) === "reasoning") {
    throw fields.invalid("input", "must not end with a reasoning item: what it led to has to follow");
  }
  for (const item of items) {
    item.disregard("id", "status", "parsed_arguments");
    const type = typeOf(item);
    if (type === "reasoning") {
      reasoning = readReasoning(item);
      continue;
    }
    const message = readItem(item, type);
    if (message.role === "assistant" && reasoning !== undefined) {
      message.reasoning = reasoning;
      reasoning = undefined;
    }
    append(messages, message);
  }
  return messages;
}

function typeOf(item: Fields): (typeof TYPES)[number] {
  const type = item.string("type") ?? "message";
  if (TYPES.includes(type as "message")) return type as "message";
  const complaint =
    type === "item_reference"
      ? "must not be `item_reference`: nothing is stored here, so send the item itself"
      : `must be one of ${TYPES.join(", ")}`;
  throw item.invalid("type", complaint);
}

function readItem(item: Fields, type: Exclude<(typeof TYPES)[number], "reasoning">): ChatMessage {
  if (type === "message") {
    const role = item.choice("role", ROLES);
    if (role === undefined) throw item.missing("role");
    if (item.get("content") === undefined) throw item.missing("content");
    return { role: role === "developer" ? "system" : role, content: readText(item, "content") };
  }
  const id = required(item, "call_id");
  if (type === "function_call_output" || type === "custom_tool_call_output") {
    if (item.get("output") === undefined) throw item.missing("output");
    return { role: "tool", content: readText(item, "output"), toolCallId: id };
  }
  const call: ToolCall =
    type === "custom_tool_call"
      ? { id, ...readCustomCall(item) }
      : { id, name: required(item, "name"), arguments: item.string("arguments") ?? "{}" };
  return { role: "assistant", content: "", toolCalls: [call] };
}

/** Calls that follow an assistant's text belong to the same message. */
function append(messages: ChatMessage[], message: ChatMessage): void {
  const last = messages.at(-1);
  if (message.toolCalls === undefined || last?.role !== "assistant") {
    messages.push(message);
    return;
  }
  messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), ...message.toolCalls] };
}

function readReasoning(item: Fields): string | undefined {
  const texts = ["content", "summary"].flatMap((name) => item.objects(name, "A part") ?? []);
  const text = texts
    .map((part) => {
      part.disregard("type");
      return part.string("text") ?? "";
    })
    .join("");
  return text === "" ? undefined : text;
}

function required(item: Fields, name: string): string {
  const value = item.string(name);
  if (value === undefined || value === "") throw item.missing(name);
  return value;
}
