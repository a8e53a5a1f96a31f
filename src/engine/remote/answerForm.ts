import { FormworkError } from "../../errors.js";
import { RawJson } from "../../json/index.js";
import { activeTools } from "../answer/plan.js";
import type { GenerateRequest, OutputFormat } from "../engine.js";
import type { RemoteKind } from "./protocols/protocol.js";
import { ignoredReasoning, reasoningFields } from "./reasoningFields.js";

/** Fields for constrained text by kind of server; other kinds get a document that contains the text. */
const FORMATS: Readonly<Partial<Record<RemoteKind, (format: OutputFormat) => Record<string, unknown>>>> = {
  vllm: structuredOutputs,
  formwork: structuredOutputs,
  sglang: (format) => ({
    regex:
      format.kind === "choice"
        ? format.choices.map(escaped).join("|")
        : (format as { pattern: string }).pattern,
  }),
};

/** Fields for continuing the assistant's message by kind of server; other kinds start a new one. */
const CONTINUATION: Readonly<Partial<Record<RemoteKind, Record<string, unknown>>>> = {
  vllm: { continue_final_message: true, add_generation_prompt: false },
  sglang: { continue_final_message: true },
  // These continue if the last message is the assistant's.
  "llama-server": {},
  formwork: {},
};

function structuredOutputs(format: OutputFormat): Record<string, unknown> {
  return {
    structured_outputs:
      format.kind === "choice"
        ? { choice: format.choices }
        : { regex: (format as { pattern: string }).pattern },
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Whether the answer is text, not a document. */
export function isText({ constraint, format }: GenerateRequest): boolean {
  return constraint === "free" || format !== undefined;
}

/** Whether the answer is unconstrained text. */
export function isFreeText({ constraint, format }: GenerateRequest): boolean {
  return format === undefined ? constraint === "free" : format.kind === "text";
}

/** Whether servers of this kind support patterns and choices of texts. */
export function holdsText(kind: RemoteKind): boolean {
  return FORMATS[kind] !== undefined;
}

/** Names on `/generate` of the request's fields that are not sent to servers of this kind. */
export function ignoredFields(request: GenerateRequest, kind: RemoteKind, isEnveloped: boolean): string[] {
  const { format, sampling, stop = [] } = request;
  const ignored = ignoredReasoning(request, kind);
  const note = (isIgnored: boolean, name: string) => {
    if (isIgnored) ignored.push(name);
  };
  note(request.topLogprobs !== undefined, "logprobs");
  note(request.continueAssistant === true && (isEnveloped || CONTINUATION[kind] === undefined), "messages");
  note(stop.length > 0 && (format?.kind !== "text" || isEnveloped), "stop");
  note(kind === "openai" && sampling.topK > 0, "top_k");
  note(kind === "openai" && sampling.minP > 0, "min_p");
  note(kind === "openai" && sampling.repetitionPenalty !== 1, "repetition_penalty");
  return ignored;
}

/** Fields of OpenAI's protocol for format and sampling, except schema, temperature and top-p. */
export function answerFields(
  request: GenerateRequest,
  kind: RemoteKind,
  isEnveloped: boolean,
  /** A retry may have an error message after the assistant's message. */
  endsWithAssistant: boolean,
): Record<string, unknown> {
  const { sampling, stop = [] } = request;
  // An envelope is requested by its schema.
  const format = isEnveloped ? undefined : request.format;
  const { presencePenalty = 0, frequencyPenalty = 0, logitBias } = sampling;
  return {
    ...(presencePenalty === 0 ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === 0 ? {} : { frequency_penalty: frequencyPenalty }),
    ...(logitBias === undefined ? {} : { logit_bias: logitBias }),
    ...(stop.length === 0 || format?.kind !== "text" ? {} : { stop }),
    ...(format === undefined || format.kind === "text" ? {} : FORMATS[kind]?.(format)),
    ...(request.continueAssistant === true && !isEnveloped && endsWithAssistant ? CONTINUATION[kind] : {}),
    ...reasoningFields(request, kind),
    ...(kind === "formwork" ? { ...toolFields(request), ...memberFields(request) } : {}),
  };
}

/** The policy for other members than those a schema names; another Formwork server closes objects by default. */
function memberFields({ additionalMembers }: GenerateRequest): Record<string, unknown> {
  return additionalMembers === "schema" ? { additional_members: additionalMembers } : {};
}

/** Tools as fields of another Formwork server. */
function toolFields({ tools, maxToolCalls }: GenerateRequest): Record<string, unknown> {
  const active = activeTools(tools);
  if (active === undefined) return {};
  return {
    tools: active.tools.map((tool) => ({ ...tool, parameters: new RawJson(tool.parameters) })),
    tool_choice: active.choice,
    parallel_tool_calls: active.parallel,
    ...(maxToolCalls === undefined ? {} : { max_tool_calls: maxToolCalls }),
  };
}

/** Throws `invalid_output` if the server violated the pattern or the choice. */
export async function checkText(text: string, format: OutputFormat | undefined): Promise<void> {
  if (format === undefined || format.kind === "text") return;
  // Loaded on demand, because users of the embedded engine load this module, too.
  const { compileChoice, compileRegex } = await import("../../constraint/index.js");
  const grammar = format.kind === "choice" ? compileChoice(format.choices) : compileRegex(format.pattern);
  if (grammar.accepts(text)) return;
  throw new FormworkError(
    "invalid_output",
    `The server's answer does not follow the ${format.kind} it was given.`,
  );
}
