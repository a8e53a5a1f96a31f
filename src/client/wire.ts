import { isJsonObject, type JsonDocument, type JsonObject, RawJson, toJavaScript } from "../json/index.js";
import type { GenerateBody, ReceivedAnswer } from "./connection.js";

/** A request for `writeJson`: schemas are the JSON of their texts. */
export function toWire({ schema, documents, ...body }: GenerateBody): Record<string, unknown> {
  return {
    ...body,
    schema: new RawJson(schema),
    ...(documents === undefined
      ? {}
      : { documents: new Map(Object.entries(documents).map(([uri, text]) => [uri, new RawJson(text)])) }),
  };
}

/** The request that `toWire` wrote, read again. */
export function requestFromWire(document: JsonDocument, request: JsonObject): GenerateBody {
  const {
    schema: _schema,
    documents: _documents,
    ...body
  } = toJavaScript(request) as Record<string, unknown>;
  const texts = request.get("documents");
  return {
    ...(body as unknown as GenerateBody),
    schema: document.textOf(request.get("schema") ?? null),
    ...(isJsonObject(texts)
      ? { documents: Object.fromEntries([...texts].map(([uri, text]) => [uri, document.textOf(text)])) }
      : {}),
  };
}

/** The answer in `members`, an object of `document`; undefined where it is none. */
export function answerFromWire(document: JsonDocument, members: JsonObject): ReceivedAnswer | undefined {
  const output = members.get("output");
  if (output === undefined || !isJsonObject(members.get("usage"))) return undefined;
  const { output: _output, ...facts } = toJavaScript(members) as Record<string, unknown>;
  return { ...(facts as unknown as Omit<ReceivedAnswer, "text">), text: document.textOf(output) };
}

/** An answer for `writeJson`, as the server sends it. */
export function answerToWire({ text, ...facts }: ReceivedAnswer): Record<string, unknown> {
  return { ...facts, output: new RawJson(text) };
}
