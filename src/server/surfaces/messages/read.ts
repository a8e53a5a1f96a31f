import type { RequestContent } from "../../../engine/request/index.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { type GivenSettings, readSettings, withSetting } from "../../readSettings.js";
import { type ReadFormat, readNamedSchema, TEXT } from "../openai/responseFormat.js";
import { completeTools, type ReadChoice, type ReadTools, readTool, refuseTwins } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";
import { readConversation } from "./input.js";

/** The body of `POST /v1/messages`. */
export function readAnthropic(fields: Fields, { maxTokensLimit }: ServerConfig): SurfaceCall {
  fields.concede("service_tier", "auto", "standard_only");
  fields.concede("speed", "standard");
  const messages = readConversation(fields);
  const tools = readTools(fields);
  const settings = readSettings(fields, "messages", maxTokensLimit);
  const last = messages[messages.length - 1];
  const content: Omit<RequestContent, "id"> = {
    messages,
    ...readFormat(fields).content,
    ...(tools.settings !== undefined && { tools: tools.settings }),
    ...(last.role === "assistant" && last.toolCalls === undefined && { continueAssistant: true }),
  };
  return {
    input: { ...withThinking(fields, settings), content },
    streamed: fields.boolean("stream") ?? false,
    relocate: tools.relocate,
  };
}

/** `output_config.format`, or its earlier name. */
function readFormat(fields: Fields): ReadFormat {
  const format = fields.object("output_config")?.object("format") ?? fields.object("output_format");
  if (format === undefined) return { content: TEXT };
  if (format.choice("type", ["json_schema"]) === undefined) throw format.missing("type");
  return readNamedSchema(format);
}

function readTools(fields: Fields): ReadTools {
  const list = fields.objects("tools", "A tool") ?? [];
  const tools = list.map((tool) => {
    const type = tool.string("type") ?? "custom";
    if (type !== "custom") throw tool.invalid("type", "must be `custom`: no other tools run here");
    tool.disregard("cache_control");
    return readTool(tool, "input_schema");
  });
  refuseTwins(fields, "tools", tools);
  const choice = fields.object("tool_choice");
  const parallel = !(choice?.boolean("disable_parallel_tool_use") ?? false);
  return completeTools(fields, tools, readChoice(choice), parallel);
}

function readChoice(choice: Fields | undefined): ReadChoice {
  const type = choice?.choice("type", ["auto", "any", "tool", "none"]) ?? "auto";
  if (type === "any") return { choice: "required" };
  if (type !== "tool") return { choice: type };
  const name = choice?.string("name");
  if (choice !== undefined && name === undefined) throw choice.missing("name");
  return { choice: { name: name ?? "" } };
}

/** `thinking` is on, off or adaptive, which turns reasoning on if the model supports it. */
function withThinking(fields: Fields, settings: GivenSettings): GivenSettings {
  const thinking = fields.object("thinking");
  const type = thinking?.choice("type", ["enabled", "disabled", "adaptive", "between_tools"]);
  if (type === undefined) return settings;
  thinking?.concede("display", "summarized");
  return withSetting(settings, "reasoning.enabled", { value: type !== "disabled", name: "thinking" });
}
