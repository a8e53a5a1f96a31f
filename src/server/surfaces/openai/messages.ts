import { isArrayPart } from "../../../json/index.js";
import type { ChatMessage, ChatRole, ToolCall } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import { customArguments } from "./customTools.js";

const ROLES: Readonly<Record<string, ChatRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};
const ROLE_NAMES = Object.keys(ROLES);

/** The conversation in the member `name`, in OpenAI's chat format; undefined if it is absent. Throws with pointers. */
export function readMessages(fields: Fields, name: string): ChatMessage[] | undefined {
  const list = fields.objects(name, "A message");
  if (list === undefined) return undefined;
  if (list.length === 0) throw fields.missing(name);
  // A result in the older form names the function instead of the call.
  const lastCallOf = new Map<string, string>();
  return list.map((message, index) => {
    const read = readMessage(message, `call_${index}`, lastCallOf);
    for (const call of read.toolCalls ?? []) lastCallOf.set(call.name, call.id);
    return read;
  });
}

function readMessage(fields: Fields, callId: string, lastCallOf: ReadonlyMap<string, string>): ChatMessage {
  const given = fields.choice("role", ROLE_NAMES);
  if (given === undefined) throw fields.missing("role");
  const role = ROLES[given];
  // Members that clients repeat from an answer.
  fields.disregard("annotations", "parsed");
  const name = fields.string("name");
  const message: ChatMessage = {
    role,
    content: readContent(fields, role),
    ...(name !== undefined && { name }),
  };
  if (role === "assistant") return { ...message, ...readAssistant(fields, callId) };
  if (role !== "tool") return message;
  const toolCallId = fields.string("tool_call_id") ?? (name === undefined ? undefined : lastCallOf.get(name));
  return { ...message, ...(toolCallId !== undefined && { toolCallId }) };
}

/** Text, or OpenAI's list of parts. Optional for an assistant message with tool calls. */
function readContent(fields: Fields, role: ChatRole): string {
  const content = fields.get("content");
  const refusal = role === "assistant" ? fields.string("refusal") : undefined;
  if (content !== undefined) return readText(fields, "content");
  if (refusal !== undefined) return refusal;
  if (role === "assistant" || role === "tool") return "";
  throw fields.missing("content");
}

const TEXT_PARTS: Readonly<Record<string, string>> = {
  text: "text",
  input_text: "text",
  output_text: "text",
  refusal: "refusal",
};

/** A member that is text or a list of text parts. */
export function readText(fields: Fields, name: string): string {
  const content = fields.get(name);
  if (typeof content === "string") return content;
  if (!isArrayPart(content)) throw fields.invalid(name, "must be a string or a list of text parts");
  const parts = fields.objects(name, "A part") ?? [];
  return parts.map(readPart).join("");
}

function readPart(part: Fields): string {
  const type = part.string("type") ?? "text";
  const member = Object.hasOwn(TEXT_PARTS, type) ? TEXT_PARTS[type] : undefined;
  if (member === undefined) {
    throw part.invalid("type", "must be that of a text part: this model reads no images, sound or files");
  }
  part.disregard("annotations", "logprobs", "parsed", "cache_control", "prompt_cache_breakpoint");
  const text = part.string(member);
  if (text === undefined) throw part.missing(member);
  return text;
}

function readAssistant(fields: Fields, callId: string): Pick<ChatMessage, "toolCalls" | "reasoning"> {
  const calls = fields.objects("tool_calls", "A tool call")?.map(readToolCall) ?? [];
  const older = fields.object("function_call");
  if (older !== undefined) calls.push({ id: callId, ...readFunction(older) });
  const reasoning = fields.string("reasoning_content") ?? fields.string("reasoning");
  return {
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(reasoning !== undefined && reasoning !== "" && { reasoning }),
  };
}

function readToolCall(call: Fields): ToolCall {
  call.disregard("index");
  const id = call.string("id");
  if (id === undefined) throw call.missing("id");
  if (call.string("type") === "custom") return { id, ...readCustomCall(call.object("custom") ?? call) };
  return { id, ...readFunction(call.object("function") ?? call) };
}

/** Name and input of a custom tool's call, as the arguments of a function. */
export function readCustomCall(fields: Fields): Omit<ToolCall, "id"> {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  const input = fields.string("input");
  if (input === undefined) throw fields.missing("input");
  return { name, arguments: customArguments(input) };
}

/** Name and arguments, which are JSON text; an object counts as well. */
export function readFunction(fields: Fields): Omit<ToolCall, "id"> {
  const name = fields.string("name");
  if (name === undefined) throw fields.missing("name");
  fields.disregard("parsed_arguments");
  const given = fields.get("arguments");
  return { name, arguments: typeof given === "string" ? given : (fields.text("arguments") ?? "{}") };
}
