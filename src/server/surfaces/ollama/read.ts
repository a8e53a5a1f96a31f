import { REQUEST_FIELDS, type RequestContent } from "../../../engine/request/index.js";
import type { ChatMessage } from "../../../types.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { type GivenSettings, readSettings, withSetting } from "../../readSettings.js";
import { withLogprobs } from "../logprobs.js";
import { readFunction } from "../openai/messages.js";
import { TEXT } from "../openai/responseFormat.js";
import { readToolSettings } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";

/** The body of `POST /api/chat`. */
export function readOllamaChat(fields: Fields, config: ServerConfig): SurfaceCall {
  const list = fields.objects("messages", "A message");
  if (list === undefined || list.length === 0) throw fields.missing("messages");
  const messages = withCallIds(list.map(readMessage));
  const tools = readToolSettings(fields);
  const last = messages[messages.length - 1];
  const content = {
    messages,
    ...(tools.settings !== undefined && { tools: tools.settings }),
    ...(last.role === "assistant" && last.toolCalls === undefined && { continueAssistant: true }),
  };
  return { ...readCall(fields, config, content), relocate: tools.relocate };
}

/** The body of `POST /api/generate`. */
export function readOllamaGenerate(fields: Fields, config: ServerConfig): SurfaceCall {
  const prompt = fields.string("prompt");
  if (prompt === undefined || prompt === "") throw fields.missing("prompt");
  const system = fields.string("system");
  for (const name of ["suffix", "template", "images"]) {
    if ((fields.get(name) ?? "") !== "" && fields.text(name) !== "[]")
      throw fields.invalid(name, "is not possible here");
  }
  if (fields.boolean("raw")) throw fields.invalid("raw", "must be false: the model's own template is used");
  const messages: ChatMessage[] = [{ role: "user", content: prompt }];
  if (system !== undefined && system !== "") messages.unshift({ role: "system", content: system });
  return readCall(fields, config, { messages });
}

/** Removes Ollama's tag from the name of the model. */
export function withoutTag(name: string): string {
  return name.replace(/:latest$/, "");
}

function readCall(
  fields: Fields,
  { maxTokensLimit }: ServerConfig,
  content: Omit<RequestContent, "id" | "schema" | "format">,
): SurfaceCall {
  const settings = withThinking(fields, withLogprobs(fields, readSettings(fields, "ollama", maxTokensLimit)));
  const { model } = settings.values;
  return {
    input: {
      ...settings,
      content: { ...content, ...readFormat(fields) },
      values: { ...settings.values, model: model === undefined ? undefined : withoutTag(model) },
    },
    streamed: fields.boolean("stream") ?? true,
  };
}

/** `format`: undefined, `json` for any object, or a schema. */
function readFormat(fields: Fields): Pick<RequestContent, "schema" | "format"> {
  const format = fields.get("format");
  if (format === undefined || format === "") return TEXT;
  if (format === "json") return { schema: '{"type":"object"}' };
  return { schema: fields.schema("format") ?? "true" };
}

const { choices: EFFORTS } = REQUEST_FIELDS["reasoning.effort"];

/** `think`: on, off, or an effort. */
function withThinking(fields: Fields, settings: GivenSettings): GivenSettings {
  const name = "think";
  const think = fields.get(name);
  if (think === undefined) return settings;
  if (typeof think === "boolean") return withSetting(settings, "reasoning.enabled", { value: think, name });
  return withSetting(settings, "reasoning.effort", { value: fields.choice(name, EFFORTS), name });
}

/** The model to load, for a request without a prompt or messages. */
export function modelToLoad(fields: Fields): string | undefined {
  const isEmpty = (fields.get("prompt") ?? "") === "" && (fields.list("messages") ?? []).length === 0;
  const model = isEmpty ? fields.string("model") : undefined;
  return model === undefined ? undefined : withoutTag(model);
}

const ROLES = ["system", "user", "assistant", "tool"] as const;

function readMessage(message: Fields): ChatMessage {
  const role = message.choice("role", ROLES);
  if (role === undefined) throw message.missing("role");
  const images = message.list("images");
  if (images !== undefined && images.length > 0) {
    throw message.invalid("images", "must be left out: this model reads no images");
  }
  const read: ChatMessage = { role, content: message.string("content") ?? "" };
  if (role === "assistant") {
    const reasoning = message.string("thinking");
    const calls = message.objects("tool_calls", "A tool call")?.map((call) => {
      call.disregard("id", "type");
      const called = call.object("function") ?? call;
      called.disregard("index");
      return { id: "", ...readFunction(called) };
    });
    return {
      ...read,
      ...(reasoning !== undefined && reasoning !== "" && { reasoning }),
      ...(calls !== undefined && calls.length > 0 && { toolCalls: calls }),
    };
  }
  const name = message.string("tool_name") ?? message.string("name");
  message.disregard("tool_call_id");
  return { ...read, ...(name !== undefined && { name }) };
}

/** Calls have no ids in this API: results refer to them in order. */
function withCallIds(messages: readonly ChatMessage[]): ChatMessage[] {
  let count = 0;
  const open: { id: string; name: string }[] = [];
  return messages.map((message) => {
    if (message.toolCalls !== undefined) {
      const toolCalls = message.toolCalls.map((call) => ({ ...call, id: `call_${count++}` }));
      open.push(...toolCalls);
      return { ...message, toolCalls };
    }
    if (message.role !== "tool") return message;
    const named = open.findIndex(({ name }) => name === message.name);
    const [call] = open.splice(Math.max(0, named), 1);
    return call === undefined ? message : { ...message, toolCallId: call.id };
  });
}
