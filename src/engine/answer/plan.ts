import { randomBytes } from "node:crypto";
import type { Segment } from "../../constraint/index.js";
import { FormworkError } from "../../errors.js";
import type { SchemaSource, Tool } from "../../types.js";
import type { OutputFormat, ReasoningSettings, ToolSettings } from "../engine.js";
import { CallWriter } from "./callWriter.js";
import type { AnswerLayout, CallLayout, MemberLayout, ReasoningLayout } from "./layout.js";
import { literals } from "./literals.js";
import { membersOf } from "./members.js";

/** The parts of a request that determine the form of its answer. */
export interface AnswerRequest extends SchemaSource {
  format?: OutputFormat;
  tools?: ToolSettings;
  reasoning?: ReasoningSettings;
  stop?: readonly string[];
  maxTokens: number;
  maxToolCalls?: number;
}

/** The model's formats of calls and reasoning. */
export interface AnswerFormats {
  calls: CallLayout;
  /** Undefined for a model without reasoning. */
  reasoning?: ReasoningLayout | undefined;
  /** A header that the model writes before an answer that is not a call. */
  contentOpening?: string | undefined;
  knowsEffort?: boolean;
}

export interface AnswerPlan {
  /** Undefined: only a document of the request's schema. */
  segments?: readonly Segment[];
  /** Undefined if the answer is a single text. */
  layout?: AnswerLayout;
  /** Names on `/generate` of fields that have no effect. */
  ignored: readonly string[];
}

/** Default fraction of an answer's tokens for reasoning. */
const REASONING_SHARE = 0.75;

/** The form of the answer to `request`. Throws `invalid_request` if it names an unknown tool. */
export function planAnswer(request: AnswerRequest, formats: AnswerFormats): AnswerPlan {
  const { format, stop = [] } = request;
  const tools = activeTools(request.tools);
  const { contentOpening } = formats;
  const reasoning =
    request.reasoning?.enabled === true ? reasoningOf(formats, tools !== undefined) : undefined;
  const isConstrained = format?.kind !== "text";
  const ignored = [
    ...(request.reasoning?.enabled === true && reasoning === undefined ? ["reasoning"] : []),
    ...(request.reasoning?.effort !== undefined && formats.knowsEffort !== true ? ["reasoning.effort"] : []),
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
      ...(tools === undefined ? {} : callsLayout(tools, formats.calls, request.maxToolCalls)),
      ...(tools === undefined || contentOpening === undefined ? {} : { contentOpening }),
      stop,
      isConstrained,
      callId: newCallId,
    },
    ignored,
  };
}

/** Default maximum number of calls in an answer. */
export const MAX_TOOL_CALLS = 16;

function callsLayout(
  { tools, choice }: ToolSettings,
  calls: CallLayout,
  maxCalls = MAX_TOOL_CALLS,
): Partial<AnswerLayout> {
  return {
    calls,
    maxCalls,
    // A model that is required to call may keep repeating the same call.
    ...(choice === "required" ? { callsMustDiffer: true } : {}),
    ...(calls.members === undefined ? {} : { bareMembers: bareMembersOf(tools, calls.members) }),
  };
}

/** The members whose value is bare text, by tool. */
function bareMembersOf(tools: readonly Tool[], layout: MemberLayout): Map<string, ReadonlySet<string>> {
  return new Map(
    tools.map((tool) => {
      const bare = membersOf(tool, layout)?.filter(({ value }) => value.kind !== "json") ?? [];
      return [tool.name, new Set(bare.map(({ key }) => key))];
    }),
  );
}

/** If calls are possible, the header follows the decision for an answer; otherwise the reasoning. */
function reasoningOf(
  { reasoning, contentOpening = "" }: AnswerFormats,
  mayCall: boolean,
): ReasoningLayout | undefined {
  if (reasoning === undefined || mayCall) return reasoning;
  return { ...reasoning, after: `${reasoning.after}${contentOpening}` };
}

/** The tools that may be called; undefined if there are none. */
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

/** The pointer of a tool's schema in the request. */
export function parametersPointer(settings: ToolSettings | undefined, tool: Tool): string {
  return `/tools/${settings?.tools.indexOf(tool)}/parameters`;
}

/** An id of a call: nine letters and digits, as some chat templates require. */
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

/** Tokens after which reasoning is closed. A limit that leaves nothing of `maxTokens` for the answer is replaced by the default. */
export function reasoningBudget({
  reasoning,
  maxTokens,
}: Pick<AnswerRequest, "reasoning" | "maxTokens">): number {
  const { maxTokens: given = maxTokens } = reasoning ?? {};
  return Math.max(1, given < maxTokens ? given : Math.floor(maxTokens * REASONING_SHARE));
}

function thought(request: AnswerRequest, layout: ReasoningLayout): Segment[] {
  return [
    ...literals(layout.opening),
    { kind: "text", until: layout.closing, maxTokens: reasoningBudget(request) },
    ...literals(layout.after),
  ];
}

/** The answer if tools may or must be called. */
function withCalls(
  request: AnswerRequest,
  { tools, choice, parallel }: ToolSettings,
  { calls, contentOpening }: AnswerFormats,
): Segment[] {
  const content = contentOf(request);
  const located = tools.map((tool) => ({ ...tool, pointer: parametersPointer(request.tools, tool) }));
  const writer = new CallWriter(located, calls, parallel, request.documents);
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
