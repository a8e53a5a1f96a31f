import type { RequestContent } from "../../../engine/request/index.js";
import type { ChatMessage } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { readCount, readSettings } from "../../readSettings.js";
import { readChoices } from "../choices.js";
import { readMessages } from "../openai/messages.js";
import { readToolSettings } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";

export interface GenerateCall extends SurfaceCall {
  /** Whether the output is a JSON document, not text. */
  isJson: boolean;
}

/** The body of `POST /generate`. */
export function readGenerate(fields: Fields, { maxTokensLimit }: ServerConfig): GenerateCall {
  const messages = readConversation(fields);
  const settings = readSettings(fields, "generate", maxTokensLimit);
  const tools = readToolSettings(fields);
  const format = readFormat(fields);
  const content: Omit<RequestContent, "id"> = {
    messages,
    ...(tools.settings !== undefined && { tools: tools.settings }),
    ...(format ?? readSchema(fields, fields.get("tools") !== undefined)),
    ...(messages.at(-1)?.role === "assistant" && { continueAssistant: true }),
  };
  return {
    input: { content, ...settings, count: readCount(fields, "generate") },
    streamed: fields.boolean("stream") ?? false,
    isJson: content.format === undefined,
    relocate: tools.relocate,
  };
}

function readConversation(fields: Fields): ChatMessage[] {
  const prompt = fields.string("prompt");
  const given = readMessages(fields, "messages");
  if (given !== undefined && prompt !== undefined) {
    throw fields.invalid("messages", "takes the place of `prompt`: send one of them");
  }
  const messages: ChatMessage[] = given ?? [];
  if (given === undefined) {
    if (prompt === undefined || prompt === "") throw fields.missing("prompt");
    messages.push({ role: "user", content: prompt });
  }
  const system = fields.string("system");
  if (system !== undefined && system !== "") messages.unshift({ role: "system", content: system });
  return messages;
}

/** With `tools` and no format, even with an empty list, the answer is text or calls. */
function readSchema(fields: Fields, hasTools: boolean): Pick<RequestContent, "schema" | "format"> {
  const schema = fields.schema("schema");
  if (schema !== undefined) return { schema };
  if (hasTools) return { schema: "true", format: { kind: "text" } };
  throw fields.missing("schema");
}

/** `regex` or `choice`, which replace a schema. */
function readFormat(fields: Fields): Pick<RequestContent, "schema" | "format"> | undefined {
  const pattern = fields.string("regex");
  const choices = readChoices(fields, "choice");
  const given = ["schema", "regex", "choice"].filter((name) => fields.get(name) !== undefined);
  if (given.length > 1) throw fields.invalid(given[1], `and \`${given[0]}\` exclude each other`);
  if (pattern !== undefined) return { schema: "true", format: { kind: "regex", pattern } };
  if (choices !== undefined) return { schema: "true", format: { kind: "choice", choices } };
  return undefined;
}
