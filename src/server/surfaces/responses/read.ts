import type { RequestContent, RequestValues } from "../../../engine/request/index.js";
import { RawJson } from "../../../json/index.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { type GivenSettings, readSettings, withSetting } from "../../readSettings.js";
import { concedeDefaults } from "../openai/defaults.js";
import { type ReadFormat, readNamedSchema, TEXT, withStrict } from "../openai/responseFormat.js";
import { readToolSettings } from "../openai/tools.js";
import type { SurfaceCall } from "../surface.js";
import { readInput } from "./input.js";

export interface ResponsesCall extends SurfaceCall {
  /** Members of the request that the answer repeats, as written. */
  echo: Readonly<Record<string, unknown>>;
  /** Names of the custom tools, whose input is a text. */
  customTools: ReadonlySet<string>;
}

const LOGPROBS = "message.output_text.logprobs";

/** The body of `POST /v1/responses`. The server keeps no state between requests. */
export function readResponses(fields: Fields, { maxTokensLimit }: ServerConfig): ResponsesCall {
  refuseState(fields);
  const messages = readInput(fields);
  const instructions = fields.string("instructions");
  if (instructions !== undefined && instructions !== "") {
    messages.unshift({ role: "system", content: instructions });
  }
  const format = readTextFormat(fields.object("text"));
  const tools = readToolSettings(fields, true);
  const include = fields.list("include") ?? [];
  const settings = withLogprobs(
    readSettings(fields, "responses", maxTokensLimit),
    include.includes(LOGPROBS),
  );
  const last = messages[messages.length - 1];
  const content: Omit<RequestContent, "id"> = {
    messages,
    ...format.content,
    ...(tools.settings !== undefined && { tools: tools.settings }),
    ...(last.role === "assistant" && last.toolCalls === undefined && { continueAssistant: true }),
  };
  return {
    input: { ...settings, content, values: withStrict(settings.values, format) },
    streamed: fields.boolean("stream") ?? false,
    ignored: include.filter((one) => one !== LOGPROBS).map((one) => `include=${String(one)}`),
    echo: readEcho(fields, settings.values),
    customTools: tools.custom,
    relocate: tools.relocate,
  };
}

/** Members that require a stateful server. */
function refuseState(fields: Fields): void {
  for (const name of ["previous_response_id", "conversation", "prompt"]) {
    if (fields.get(name) !== undefined) {
      throw fields.invalid(
        name,
        "is not possible here: nothing is stored, so send the whole conversation in `input`",
      );
    }
  }
  if (fields.boolean("background"))
    throw fields.invalid("background", "must be false: nothing is stored here");
  concedeDefaults(fields);
  fields.object("text")?.concede("verbosity", "medium");
}

function readTextFormat(text: Fields | undefined): ReadFormat {
  const format = text?.object("format");
  const type = format?.choice("type", ["text", "json_object", "json_schema"]);
  if (format === undefined || type === "text") return { content: TEXT };
  if (type === undefined) throw format.missing("type");
  return type === "json_object" ? { content: { schema: '{"type":"object"}' } } : readNamedSchema(format);
}

/** Only with `include`, or if alternatives are requested. */
function withLogprobs(settings: GivenSettings, isIncluded: boolean): GivenSettings {
  const { logprobs: value = 0 } = settings.values;
  const name = settings.names.get("logprobs") ?? "include";
  return withSetting(settings, "logprobs", isIncluded || value > 0 ? { value, name } : undefined);
}

function readEcho(fields: Fields, values: RequestValues): ResponsesCall["echo"] {
  const written = (name: string, otherwise: unknown) => {
    const text = fields.text(name);
    return text === undefined ? otherwise : new RawJson(text);
  };
  return {
    instructions: fields.string("instructions") ?? null,
    max_output_tokens: values.maxTokens ?? null,
    metadata: written("metadata", {}),
    parallel_tool_calls: fields.boolean("parallel_tool_calls") ?? true,
    temperature: values.temperature ?? null,
    text: written("text", { format: { type: "text" } }),
    tool_choice: written("tool_choice", "auto"),
    tools: written("tools", []),
    top_p: values.topP ?? null,
    reasoning: { effort: values.reasoning?.effort ?? null, summary: null },
  };
}
