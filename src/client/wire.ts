import { parseBody } from "../http/index.js";
import {
  isArrayPart,
  isObjectPart,
  isRecord,
  type JsonContainer,
  type JsonPart,
  partTexts,
  RawJson,
  textOfPart,
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
export function requestFromWire(request: JsonContainer): GenerateBody {
  const {
    schema: _schema,
    documents: _documents,
    tools: _tools,
    ...body
  } = JSON.parse(request.text) as Record<string, unknown>;
  const [schema, texts, tools] = ["schema", "documents", "tools"].map((name) => request.members().get(name));
  return {
    ...(body as unknown as GenerateBody),
    ...(schema === undefined ? {} : { schema: textOfPart(schema) }),
    ...(isObjectPart(texts)
      ? { documents: Object.fromEntries([...texts.members()].map(([uri, text]) => [uri, textOfPart(text)])) }
      : {}),
    ...(isArrayPart(tools) ? { tools: tools.items().map((tool) => withText<Tool>(tool, "parameters")) } : {}),
  };
}

/** The answer in a JSON text; undefined where it is none. */
export function answerFromWire(answer: string): ReceivedAnswer | undefined {
  const { output, tool_calls: calls, ...facts } = Object(parseBody(answer));
  if (output === undefined || !isRecord(facts.usage)) return undefined;
  const members = new Map(partTexts(answer));
  return {
    ...facts,
    text: members.get("output"),
    ...(Array.isArray(calls)
      ? {
          tool_calls: partTexts(members.get("tool_calls") ?? "").map(([, call]) => callWithText(call)),
        }
      : {}),
  };
}

/** A call with its arguments as they were written. */
function callWithText(call: string): ToolCall {
  return { ...JSON.parse(call), arguments: new Map(partTexts(call)).get("arguments") };
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
function withText<Value>(part: JsonPart, name: string): Value {
  const member = isObjectPart(part) ? part.members().get(name) : undefined;
  const object = JSON.parse(textOfPart(part)) as Record<string, unknown>;
  return (member === undefined ? object : { ...object, [name]: textOfPart(member) }) as Value;
}
