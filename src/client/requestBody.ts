import type { WireValues } from "../engine/request/index.js";
import { wireMessage } from "../http/index.js";
import { toDocumentTexts } from "../json/index.js";
import type { Tool } from "../types.js";
import type { ChatOptions, GenerateOptions, ToolDefinition } from "./client.js";
import type { CallOptions, GenerateBody } from "./connection.js";
import { type PreparedSchema, prepareSchema } from "./schema/prepare.js";

/** The body of a request for a document. */
export function toBody(options: GenerateOptions, { schema }: PreparedSchema): GenerateBody {
  return { ...commonBody(options), schema };
}

/** The body of a request for text, calls or a document. Throws `ClientError` for a schema that cannot be converted. */
export function toChatBody(options: ChatOptions, prepared: PreparedSchema | undefined): GenerateBody {
  const { regex, choice, tools, toolChoice, parallelToolCalls } = options;
  const isText = prepared === undefined && regex === undefined && choice === undefined;
  return {
    ...commonBody(options),
    ...(prepared === undefined ? {} : { schema: prepared.schema }),
    ...(regex === undefined ? {} : { regex }),
    ...(choice === undefined ? {} : { choice }),
    ...(tools === undefined && !isText ? {} : { tools: (tools ?? []).map(toTool) }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

export function callOptions({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}

function commonBody(options: ChatOptions): GenerateBody {
  const {
    prompt,
    messages,
    system,
    documents,
    schema: _schema,
    regex: _regex,
    choice: _choice,
    tools: _tools,
    toolChoice: _toolChoice,
    parallelToolCalls: _parallel,
    bigints: _bigints,
    signal: _signal,
    timeoutMs: _timeoutMs,
    ...settings
  } = options;
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(messages === undefined ? {} : { messages: messages.map(wireMessage) }),
    ...(system === undefined ? {} : { system }),
    ...(documents === undefined ? {} : { documents: toDocumentTexts(documents) }),
    ...toWireNames(settings),
  };
}

function toTool({ name, description, parameters }: ToolDefinition): Tool {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    parameters: prepareSchema(parameters ?? { type: "object", properties: {} }).schema,
  };
}

/** Settings by their wire names: the names of the options in snake case. `reasoning` contains further ones. */
function toWireNames(settings: Readonly<Record<string, unknown>>): WireValues {
  const members = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      name === "reasoning" ? toWireNames(value as Record<string, unknown>) : value,
    ]);
  return Object.fromEntries(members);
}
