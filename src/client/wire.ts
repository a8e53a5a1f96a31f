import {
  isJsonArray,
  isJsonObject,
  type JsonDocument,
  type JsonObject,
  type JsonValue,
  RawJson,
  toJavaScript,
} from "../json/index.js";
import type { Tool, ToolCall } from "../types.js";
import type { GenerateBody, ReceivedAnswer } from "./connection.js";

/** A request for `writeJson`: schemas are the JSON of their texts. */
export function toWire({ schema, documents, tools, ...body }: GenerateBody): Record<string, unknown> {
  return {
    ...body,
    ...(schema === undefined ? {} : { schema: new RawJson(schema) }),
    ...(documents === undefined
      ? {}
      : { documents: new Map(Object.entries(documents).map(([uri, text]) => [uri, new RawJson(text)])) }),
    ...(tools === undefined
      ? {}
      : { tools: tools.map((tool) => ({ ...tool, parameters: new RawJson(tool.parameters) })) }),
  };
}

/** The request that `toWire` wrote, read again. */
export function requestFromWire(document: JsonDocument, request: JsonObject): GenerateBody {
  const {
    schema: _schema,
    documents: _documents,
    tools: _tools,
    ...body
  } = toJavaScript(request) as Record<string, unknown>;
  const [schema, texts, tools] = ["schema", "documents", "tools"].map((name) => request.get(name));
  return {
    ...(body as unknown as GenerateBody),
    ...(schema === undefined ? {} : { schema: document.textOf(schema) }),
    ...(isJsonObject(texts)
      ? { documents: Object.fromEntries([...texts].map(([uri, text]) => [uri, document.textOf(text)])) }
      : {}),
    ...(isJsonArray(tools)
      ? { tools: tools.map((tool) => withText<Tool>(document, tool, "parameters")) }
      : {}),
  };
}

/** The answer in `members`, an object of `document`; undefined where it is none. */
export function answerFromWire(document: JsonDocument, members: JsonObject): ReceivedAnswer | undefined {
  const output = members.get("output");
  if (output === undefined || !isJsonObject(members.get("usage"))) return undefined;
  const { output: _output, tool_calls: _calls, ...facts } = toJavaScript(members) as Record<string, unknown>;
  const calls = members.get("tool_calls");
  return {
    ...(facts as unknown as Omit<ReceivedAnswer, "text">),
    text: document.textOf(output),
    ...(isJsonArray(calls)
      ? { tool_calls: calls.map((call) => withText<ToolCall>(document, call, "arguments")) }
      : {}),
  };
}

/** An answer for `writeJson`, as the server sends it. */
export function answerToWire({ text, tool_calls: calls, ...facts }: ReceivedAnswer): Record<string, unknown> {
  return {
    ...facts,
    output: new RawJson(text),
    ...(calls === undefined
      ? {}
      : { tool_calls: calls.map((call) => ({ ...call, arguments: new RawJson(call.arguments) })) }),
  };
}

/** What the model wrote: the document as it stands, or the text that is `output`. */
export function writtenText({ text, tool_calls: calls }: ReceivedAnswer, isDocument: boolean): string {
  if (isDocument && calls === undefined) return text;
  const output: unknown = JSON.parse(text);
  return typeof output === "string" ? output : "";
}

/** An object whose member `name` is taken by its JSON text. */
function withText<Value>(document: JsonDocument, value: JsonValue, name: string): Value {
  const member = isJsonObject(value) ? value.get(name) : undefined;
  const object = toJavaScript(value) as Record<string, unknown>;
  return (member === undefined ? object : { ...object, [name]: document.textOf(member) }) as Value;
}
