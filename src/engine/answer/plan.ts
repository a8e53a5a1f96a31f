import { randomBytes } from "node:crypto";
import type { Segment, Tag } from "../../constraint/index.js";
import { FormworkError } from "../../errors.js";
import { isJsonObject, parseJson, writeJson } from "../../json/index.js";
import type { SchemaSource, Tool } from "../../types.js";
import type { OutputFormat, ReasoningSettings, ToolSettings } from "../engine.js";
import type { AnswerLayout, CallLayout, CallOpening, ReasoningLayout } from "./layout.js";

/** What a request asks an answer to be. */
export interface AnswerRequest extends SchemaSource {
  format?: OutputFormat;
  tools?: ToolSettings;
  reasoning?: ReasoningSettings;
  stop?: readonly string[];
  maxTokens: number;
}

/** How this model writes calls and thoughts. */
export interface AnswerFormats {
  calls: CallLayout;
  /** Undefined for a model that does not think. */
  reasoning?: ReasoningLayout | undefined;
  /** A header that the model writes before an answer that is no call. */
  contentOpening?: string | undefined;
  knowsEffort?: boolean;
}

export interface AnswerPlan {
  /** Undefined: one document of the request's schema and nothing else. */
  segments?: readonly Segment[];
  /** Undefined where the answer is all one text. */
  layout?: AnswerLayout;
  /** Wire names of what was asked for and cannot be had. */
  ignored: readonly string[];
}

/** Of an answer's tokens, what a thought may take where the request does not say. */
const REASONING_SHARE = 0.75;

/** What the answer to `request` consists of. Throws `invalid_request` where it names a tool that is not there. */
export function planAnswer(request: AnswerRequest, formats: AnswerFormats): AnswerPlan {
  const { format, stop = [] } = request;
  const tools = activeTools(request.tools);
  const { contentOpening } = formats;
  const reasoning =
    request.reasoning?.enabled === true ? reasoningOf(formats, tools !== undefined) : undefined;
  const isConstrained = format?.kind !== "text";
  const ignored = [
    ...(request.reasoning?.enabled === true && reasoning === undefined ? ["reasoning"] : []),
    ...(request.reasoning?.effort !== undefined && formats.knowsEffort !== true ? ["reasoning_effort"] : []),
    ...(stop.length > 0 && isConstrained ? ["stop"] : []),
  ];
  if (format === undefined && tools === undefined && reasoning === undefined) return { ignored };
  const body = tools === undefined ? [contentOf(request)] : withCalls(request, tools, formats);
  const isPlain = tools === undefined && reasoning === undefined && (isConstrained || stop.length === 0);
  if (isPlain) return { segments: body, ignored };
  return {
    segments: reasoning === undefined ? body : [...thought(request, reasoning), ...body],
    layout: {
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(tools === undefined ? {} : { calls: formats.calls }),
      ...(tools === undefined || contentOpening === undefined ? {} : { contentOpening }),
      stop,
      isConstrained,
      callId: newCallId,
    },
    ignored,
  };
}

/** Where calls are possible, the header comes with the decision for an answer; otherwise right after the thought. */
function reasoningOf(
  { reasoning, contentOpening = "" }: AnswerFormats,
  mayCall: boolean,
): ReasoningLayout | undefined {
  if (reasoning === undefined || mayCall) return reasoning;
  return { ...reasoning, after: `${reasoning.after}${contentOpening}` };
}

/** The tools that may be called; undefined where none may. */
export function activeTools(settings: ToolSettings | undefined): ToolSettings | undefined {
  if (settings === undefined || settings.choice === "none" || settings.tools.length === 0) return undefined;
  if (typeof settings.choice === "string") return settings;
  const { name } = settings.choice;
  const tools = settings.tools.filter((tool) => tool.name === name);
  if (tools.length === 0)
    throw new FormworkError("invalid_request", `tool_choice names ${name}, which is not among the tools.`, {
      pointer: "/tool_choice",
    });
  return { tools, choice: { name }, parallel: false };
}

/** An id of a call: nine letters and digits, as many as some chat templates ask for. */
export function newCallId(): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return Array.from(randomBytes(9), (byte) => letters[byte % letters.length]).join("");
}

function contentOf({ format, schemaText, documents }: AnswerRequest): Segment {
  if (format === undefined)
    return {
      kind: "document",
      schema: schemaText,
      ...(documents === undefined ? {} : { options: { documents } }),
    };
  return format;
}

function thought({ reasoning, maxTokens }: AnswerRequest, layout: ReasoningLayout): Segment[] {
  const limit = Math.max(
    1,
    Math.min(reasoning?.maxTokens ?? Math.floor(maxTokens * REASONING_SHARE), maxTokens),
  );
  return [
    ...literals(layout.opening),
    { kind: "text", until: layout.closing, maxTokens: limit },
    ...literals(layout.after),
  ];
}

/** Texts that models often have control tokens for, such as `<|message|>`, `<think>` and `[TOOL_CALLS]`. */
const CONTROL = /(<[|\uff5c][^<>|\uff5c]+[|\uff5c]>|<\/?[\w:]+>|\[\/?[A-Z_]+\])/;

/** A text that must follow, in parts, so that a control token may stand for each part that it spells. */
function literals(text: string): Segment[] {
  return text
    .split(CONTROL)
    .filter((part) => part !== "")
    .map((part) => ({ kind: "literal", text: part, ...(CONTROL.test(part) ? { isTag: true } : {}) }));
}

/** The answer where tools may be called, or have to be. */
function withCalls(
  request: AnswerRequest,
  { tools, choice, parallel }: ToolSettings,
  { calls, contentOpening }: AnswerFormats,
): Segment[] {
  const content = contentOf(request);
  const writer = new CallWriter(tools, calls, parallel, request.documents);
  if (choice !== "auto") return writer.calls();
  if (contentOpening !== undefined)
    return [{ kind: "oneOf", of: [[...literals(contentOpening), content], writer.calls()] }];
  if (content.kind === "text")
    return [{ kind: "tagged", tags: writer.tags(), repeated: parallel && !writer.isList }];
  if (content.kind === "document")
    return [
      {
        ...content,
        kind: "documentOrTagged",
        tags: writer.anywhere().map((opening) => writer.lastTag(opening)),
      },
    ];
  return [{ kind: "oneOf", of: [[content], writer.calls()] }];
}

class CallWriter {
  readonly isList: boolean;
  private readonly tools: readonly Tool[];
  private readonly layout: CallLayout;
  private readonly parallel: boolean;
  private readonly documents: SchemaSource["documents"];

  constructor(
    tools: readonly Tool[],
    layout: CallLayout,
    parallel: boolean,
    documents: SchemaSource["documents"],
  ) {
    this.documents = documents;
    this.tools = tools;
    this.layout = layout;
    this.parallel = parallel;
    this.isList = layout.separator !== undefined;
  }

  /** Openings that mean a call wherever they stand: where a document may stand instead, no others are clear. */
  anywhere(): CallOpening[] {
    const openings = this.layout.openings.filter((opening) => opening.onlyAtStart !== true);
    return openings.length > 0 ? openings : [...this.layout.openings];
  }

  /** Openings in free text; text may follow their calls. */
  tags(): Tag[] {
    return this.layout.openings.map((opening) => ({
      opening: opening.text,
      ...(opening.onlyAtStart === true ? { onlyAtStart: true } : {}),
      then: this.afterOpening(opening),
    }));
  }

  /** An opening whose calls end the answer. */
  lastTag(opening: CallOpening): Tag {
    const then = this.afterOpening(opening);
    if (!this.parallel || this.isList || opening.onlyAtStart === true) return { opening: opening.text, then };
    return {
      opening: opening.text,
      then: [...then, { kind: "oneOf", of: [[], this.furtherCalls(opening)] }],
    };
  }

  /** Calls and nothing else. */
  calls(): Segment[] {
    const [opening] = this.layout.openings;
    const { opening: text, then } = this.lastTag(opening);
    return [...literals(text), ...then];
  }

  private furtherCalls(opening: CallOpening): Segment[] {
    const of: Segment[] = [...literals(opening.text), ...this.afterOpening(opening)];
    return [
      { kind: "literal", text: "\n" },
      { kind: "repeat", of, separator: "\n", closing: "" },
    ];
  }

  private afterOpening({ beforeName }: CallOpening): Segment[] {
    const { layout } = this;
    const first: Segment[] = [...literals(beforeName), ...this.nameAndArguments()];
    const closing = literals(layout.closing);
    if (layout.separator === undefined || !this.parallel) return [...first, ...closing];
    const of: Segment[] = [...literals(layout.beforeName), ...this.nameAndArguments()];
    const further: Segment[] = [
      { kind: "literal", text: layout.separator, isTag: true },
      { kind: "repeat", of, separator: layout.separator, closing: layout.closing, isTag: true },
    ];
    return [...first, { kind: "oneOf", of: [closing, further] }];
  }

  private nameAndArguments(): Segment[] {
    const { afterName, afterArguments, isNameQuoted } = this.layout;
    const of = this.tools.map(({ name, parameters }, index): Segment[] => [
      ...literals(`${isNameQuoted ? JSON.stringify(name).slice(1, -1) : name}${afterName}`),
      {
        kind: "document",
        schema: argumentsSchema(parameters),
        pointer: `/tools/${index}/parameters`,
        ...(this.documents === undefined ? {} : { options: { documents: this.documents } }),
      },
    ]);
    return [{ kind: "oneOf", of }, ...literals(afterArguments)];
  }
}

/** Arguments are an object, also where the schema leaves that open. */
export function argumentsSchema(parameters: string): string {
  const schema = parseJson(parameters);
  if (schema === true) return '{"type":"object"}';
  if (!isJsonObject(schema)) return parameters;
  if (["type", "$ref", "allOf", "anyOf", "oneOf", "enum", "const"].some((keyword) => schema.has(keyword)))
    return parameters;
  return writeJson(new Map([["type", "object"], ...schema]));
}
