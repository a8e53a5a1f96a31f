import type { ChatMessage, ToolCall } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";

/** The conversation in Anthropic's format, in which tool results are blocks of a user message. Throws with pointers. */
export function readConversation(fields: Fields): ChatMessage[] {
  const list = fields.objects("messages", "A message");
  if (list === undefined || list.length === 0) throw fields.missing("messages");
  const system = readSystem(fields);
  return [
    ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
    ...list.flatMap((message) => {
      const role = message.choice("role", ["user", "assistant", "system"]);
      if (role === undefined) throw message.missing("role");
      return role === "assistant" ? [readAssistant(message)] : readUser(message, role);
    }),
  ];
}

function readSystem(fields: Fields): string {
  return fields.get("system") === undefined ? "" : readTexts(fields, "system");
}

/** Tool results first, because they answer calls of the previous message; then the user's text. */
function readUser(message: Fields, role: "user" | "system"): ChatMessage[] {
  const content = message.get("content");
  if (content === undefined) throw message.missing("content");
  if (typeof content === "string") return [{ role, content }];
  const results: ChatMessage[] = [];
  const texts: string[] = [];
  for (const block of message.objects("content", "A block") ?? []) {
    if (block.string("type") === "tool_result") results.push(readResult(block));
    else texts.push(readBlock(block));
  }
  if (texts.length === 0 && results.length === 0) throw message.missing("content");
  return texts.length === 0 ? results : [...results, { role, content: texts.join("\n\n") }];
}

function readResult(block: Fields): ChatMessage {
  const id = block.string("tool_use_id");
  if (id === undefined) throw block.missing("tool_use_id");
  block.disregard("cache_control");
  const text = block.get("content") === undefined ? "" : readTexts(block, "content");
  const content = block.boolean("is_error") ? `Error: ${text}` : text;
  return { role: "tool", content, toolCallId: id };
}

function readAssistant(message: Fields): ChatMessage {
  const given = message.get("content");
  if (typeof given === "string") return { role: "assistant", content: given };
  let content = "";
  let reasoning = "";
  const toolCalls: ToolCall[] = [];
  for (const block of message.objects("content", "A block") ?? []) {
    const type = block.string("type");
    if (type === "tool_use") toolCalls.push(readCall(block));
    else if (type === "thinking") {
      block.disregard("signature");
      reasoning += block.string("thinking") ?? "";
    } else if (type === "redacted_thinking") block.disregard("data");
    else content += readTextBlock(block);
  }
  return {
    role: "assistant",
    content,
    ...(reasoning !== "" && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function readCall(block: Fields): ToolCall {
  const [id, name] = [block.string("id"), block.string("name")];
  if (id === undefined) throw block.missing("id");
  if (name === undefined) throw block.missing("name");
  block.disregard("cache_control", "caller");
  return { id, name, arguments: block.text("input") ?? "{}" };
}

/** A text, or text blocks. */
function readTexts(fields: Fields, member: string): string {
  const value = fields.get(member);
  if (typeof value === "string") return value;
  return (fields.objects(member, "A block") ?? []).map(readBlock).join("\n\n");
}

/** A block that contains text: also a document with its title, or a search result with its source. */
function readBlock(block: Fields): string {
  const type = block.string("type");
  if (type === "search_result") {
    block.disregard("cache_control", "citations");
    const heads = [block.string("title"), block.string("source")];
    return [...heads.filter((head) => head !== undefined), readTexts(block, "content")].join("\n");
  }
  if (type !== "document") return readTextBlock(block);
  block.disregard("cache_control", "citations");
  const source = block.object("source");
  if (source === undefined) throw block.missing("source");
  const heads = [block.string("title"), block.string("context")];
  return [...heads.filter((head) => head !== undefined), readSource(source)].join("\n");
}

function readSource(source: Fields): string {
  const type = source.string("type");
  if (type === "content") return readTexts(source, "content");
  if (type !== "text") {
    throw source.invalid("type", "must be `text` or `content`: this model reads no images or files");
  }
  source.disregard("media_type");
  return source.string("data") ?? "";
}

function readTextBlock(block: Fields): string {
  const type = block.string("type");
  if (type !== "text")
    throw block.invalid("type", "must be that of a text block: this model reads no images or files");
  block.disregard("cache_control", "citations");
  return block.string("text") ?? "";
}
