import { JsonNumber, type JsonObject, type JsonValue, writeJson } from "../../../json/index.js";
import type { ChatMessage, SchemaSource, ToolCall } from "../../../types.js";
import { argumentsSchema } from "../../answer/argumentsSchema.js";
import { activeTools, MAX_TOOL_CALLS, newCallId } from "../../answer/plan.js";
import { SchemaParts } from "../../answer/schemaParts.js";
import type { GenerateRequest, ToolSettings } from "../../engine.js";
import { listTools } from "../../prompt/formats/plain.js";
import { withInstruction } from "../../prompt/prompt.js";
import type { Verdict } from "../../validate/index.js";
import { holdsText } from "../answerForm.js";
import { type Check, checkCalls } from "../calls.js";
import type { RemoteKind } from "../protocols/protocol.js";
import { EnvelopeReader, NAMES } from "./reader.js";

/**
 * An answer with tool calls, or constrained text, as a single JSON document, which any server that enforces schemas can generate. The
 * document is `{"reply":{"answer":...}}` or `{"reply":{"calls":[{"name":...,"arguments":...}]}}`.
 */
export class Envelope {
  /** The schema of the whole document. */
  readonly source: SchemaSource;
  /** Whether the answer is a document of the request's schema. */
  readonly hasDocument: boolean;
  private readonly request: GenerateRequest;
  private readonly tools: ToolSettings | undefined;
  /** The schema of an answer without calls; undefined if calls are required. */
  readonly answer: SchemaSource | undefined;

  constructor(request: GenerateRequest) {
    this.request = request;
    this.tools = activeTools(request.tools);
    this.hasDocument = request.format === undefined && request.constraint !== "free";
    const mayAnswer = this.tools === undefined || this.tools.choice === "auto";
    this.answer = mayAnswer ? this.sourceOf(this.answerSchema()) : undefined;
    this.source = this.sourceOf(this.schema());
  }

  /** Splits a document into parts while it is generated. */
  reader(): EnvelopeReader {
    return new EnvelopeReader(!this.hasDocument, newCallId, this.tools?.choice === "required");
  }

  /** The messages for the model. `instruction` describes the required document. */
  messages(messages: readonly ChatMessage[], instruction: string): ChatMessage[] {
    const { tools } = this;
    const lines = [
      ...(tools === undefined ? [] : listTools(tools.tools)),
      "Write one JSON document and nothing else.",
      ...(tools === undefined
        ? []
        : [`To call functions: ${callsText([{ name: "...", arguments: '{"...": ...}' }])}`]),
      ...(this.answer === undefined
        ? []
        : [`To answer: {"reply": {"answer": ${this.hasDocument ? "..." : '"..."'}}}`]),
      ...(tools === undefined ? [] : ["The results of calls come between <tool_response> tags."]),
      ...(this.hasDocument && this.answer !== undefined && instruction !== ""
        ? [`The answer: ${instruction}`]
        : []),
    ];
    return withInstruction(spellHistory(messages), lines.join("\n"));
  }

  /** The verdict on a complete, well-formed envelope: answer and arguments are checked by the caller's schemas. */
  async check(document: string, check: Check): Promise<Verdict> {
    const reader = this.reader();
    reader.push(document);
    if (reader.toolCalls.length > 0 || this.answer === undefined)
      return await checkCalls(reader.toolCalls, this.request, check);
    return await check(this.answer, this.hasDocument ? reader.text : JSON.stringify(reader.text));
  }

  private sourceOf(schemaText: string): SchemaSource {
    const { documents } = this.request;
    return { schemaText, ...(documents === undefined ? {} : { documents }) };
  }

  private schema(): string {
    const parts = new SchemaParts();
    const replies: JsonValue[] = [];
    if (this.answer !== undefined)
      replies.push(objectOf({ [NAMES.answer]: parts.add("answer", this.answer.schemaText) }));
    if (this.tools !== undefined)
      replies.push(objectOf({ [NAMES.calls]: callsSchema(this.tools, this.request.maxToolCalls, parts) }));
    const reply = replies.length === 1 ? replies[0] : new Map([["anyOf", replies]]);
    return writeJson(parts.whole([...objectOf({ [NAMES.reply]: reply })]));
  }

  private answerSchema(): string {
    const { format, schema } = this.request;
    if (this.hasDocument) return schema;
    if (format?.kind === "choice") return JSON.stringify({ enum: format.choices });
    return JSON.stringify({
      type: "string",
      ...(format?.kind === "regex" ? { pattern: wholePattern(format.pattern) } : {}),
    });
  }
}

/** The envelope that `request` needs on a server of this kind; undefined if it needs none. */
export function envelopeOf(request: GenerateRequest, kind: RemoteKind): Envelope | undefined {
  // It supports all of that itself, and uses the model's format of calls.
  if (kind === "formwork") return undefined;
  if (activeTools(request.tools) !== undefined) return new Envelope(request);
  const { format } = request;
  return format === undefined || format.kind === "text" || holdsText(kind)
    ? undefined
    : new Envelope(request);
}

/**
 * Earlier calls and their results as text, because not all servers have parsers and templates for tools. `spell` formats the calls of
 * one message.
 */
export function spellHistory(
  messages: readonly ChatMessage[],
  spell: (calls: readonly ToolCall[]) => string = callsText,
): ChatMessage[] {
  const spelled: ChatMessage[] = [];
  for (const { role, content, toolCalls = [], name } of messages) {
    if (role === "tool") {
      const text = `<tool_response>\n${content}\n</tool_response>`;
      const last = spelled.at(-1);
      // Chat templates may require alternating roles, so the results of one turn form one message.
      if (last?.role === "user" && last.content.endsWith("</tool_response>"))
        spelled[spelled.length - 1] = { ...last, content: `${last.content}\n${text}` };
      else spelled.push({ role: "user", content: text });
      continue;
    }
    const calls = toolCalls.length === 0 ? [] : [spell(toolCalls)];
    spelled.push({
      role,
      content: [content, ...calls].filter((text) => text !== "").join("\n"),
      ...(name === undefined ? {} : { name }),
    });
  }
  return spelled;
}

/** A document with calls only. */
export function callsText(calls: readonly { name: string; arguments: string }[]): string {
  const spelled = calls.map(
    ({ name, arguments: text }) => `{"name": ${JSON.stringify(name)}, "arguments": ${text}}`,
  );
  return `{"reply": {"calls": [${spelled.join(", ")}]}}`;
}

function callsSchema(
  { tools, parallel }: ToolSettings,
  maxCalls = MAX_TOOL_CALLS,
  parts: SchemaParts,
): JsonObject {
  const calls = tools.map(({ name, parameters }, index) =>
    objectOf({
      // Every draft has `enum`.
      [NAMES.name]: new Map([["enum", [name]]]),
      [NAMES.arguments]: parts.add(`tool_${index}`, argumentsSchema(parameters)),
    }),
  );
  return new Map<string, JsonValue>([
    ["type", "array"],
    ["items", calls.length === 1 ? calls[0] : new Map([["anyOf", calls]])],
    ["minItems", new JsonNumber("1")],
    ["maxItems", new JsonNumber(parallel ? `${maxCalls}` : "1")],
  ]);
}

function objectOf(properties: Record<string, JsonValue>): JsonObject {
  return new Map<string, JsonValue>([
    ["type", "object"],
    ["properties", new Map(Object.entries(properties))],
    ["required", Object.keys(properties)],
    ["additionalProperties", false],
  ]);
}

/** A pattern that must match the whole string. */
function wholePattern(pattern: string): string {
  return /^\^[^|()]*\$$/.test(pattern) && !pattern.endsWith("\\$") ? pattern : `^(${pattern})$`;
}
