import { FormworkError } from "../../errors.js";
import type { ChatMessage, SchemaSource } from "../../types.js";
import { activeTools, parametersPointer } from "../answer/plan.js";
import type { GenerateRequest } from "../engine.js";
import { PLAIN_CALLS, spellPlainCalls, toolInstruction } from "../prompt/formats/plain.js";
import { withInstruction } from "../prompt/prompt.js";
import { sharedValidator } from "../validate/index.js";
import { ignoredFields, isFreeText, isText } from "./answerForm.js";
import { argumentsSource } from "./calls.js";
import { type Envelope, envelopeOf, spellHistory } from "./envelope/envelope.js";
import type { RemoteKind } from "./protocols/protocol.js";
import type { PreparedSchema, SchemaCache } from "./schemaCache.js";

/** A request in the form for one kind of server. */
export interface RemoteRequest {
  readonly request: GenerateRequest;
  /** The schema of the server's document. */
  readonly schema: PreparedSchema;
  /** Set if the document contains the answer instead of being the answer. */
  readonly envelope?: Envelope;
  /** Whether text is requested from the server. */
  readonly isText: boolean;
  readonly messages: readonly ChatMessage[];
  /** Wire names of fields that are not sent to the server. */
  readonly ignored: readonly string[];
  /** The request for the calls after the text has opened one; its messages are those of the text, followed by the text. */
  readonly calls?: RemoteRequest;
}

export interface RequestPreparation {
  kind: RemoteKind;
  schemas: SchemaCache;
  schemaInPrompt: boolean;
  /** Stops waiting for a validator. */
  signal: AbortSignal;
}

/** Throws for a schema that Formwork rejects, with a pointer into the request, before anything is sent. */
export async function prepareRequest(
  request: GenerateRequest,
  preparation: RequestPreparation,
): Promise<RemoteRequest> {
  const { tools, ...rest } = request;
  const active = activeTools(tools);
  const isTextOrCalls = active?.choice === "auto" && isFreeText(request) && preparation.kind !== "formwork";
  if (!isTextOrCalls) return await prepareAnswer(request, preparation);
  const instruction = toolInstruction(active.tools, PLAIN_CALLS, true);
  const [text, calls] = await Promise.all([
    prepareAnswer(rest, preparation),
    prepareAnswer({ ...withoutReasoning(request), tools: { ...active, choice: "required" } }, preparation),
  ]);
  const messages = withInstruction(spellHistory(request.messages, spellPlainCalls), instruction);
  return { ...text, messages, calls };
}

/** The calls follow text, before which the model has reasoned. */
function withoutReasoning(request: GenerateRequest): GenerateRequest {
  return request.reasoning === undefined ? request : { ...request, reasoning: { enabled: false } };
}

/** One answer of the server. */
async function prepareAnswer(
  request: GenerateRequest,
  { kind, schemas, schemaInPrompt, signal }: RequestPreparation,
): Promise<RemoteRequest> {
  const envelope = envelopeOf(request, kind);
  const free = envelope === undefined && isText(request);
  const { schema: schemaText, documents } = request;
  const source = envelope?.source ?? { schemaText, ...(documents === undefined ? {} : { documents }) };
  const answer = envelope === undefined ? source : envelope.answer;
  const own = [...(answer === undefined ? [] : [{ source: answer, pointer: "" }]), ...toolSources(request)];
  const isOpen = request.additionalMembers === "schema";
  const prepareOne = ({ source, pointer }: LocatedSource, checked: AbortSignal | undefined) =>
    located(pointer, prepareSchema(source, schemas, isOpen, checked));
  const prepared = await Promise.all(own.map((one) => prepareOne(one, free ? undefined : signal)));
  const schema = envelope === undefined ? prepared[0] : await prepareOne({ source, pointer: "" }, signal);
  const told = request.schemaInPrompt ?? schemaInPrompt;
  const instruction = told && !free ? prepared[0].instruction : "";
  const messages = kind === "formwork" ? request.messages : spellHistory(request.messages);
  return {
    request,
    schema,
    ...(envelope === undefined ? {} : { envelope }),
    isText: free,
    messages:
      envelope?.messages(messages, instruction) ??
      (instruction === "" ? messages : withInstruction(messages, instruction)),
    ignored: ignoredFields(request, kind, envelope !== undefined),
  };
}

interface LocatedSource {
  source: SchemaSource;
  /** In the request. */
  pointer: string;
}

/** The schemas of the tools that may be called, each with its pointer in the request. */
function toolSources(request: GenerateRequest): LocatedSource[] {
  const tools = activeTools(request.tools)?.tools ?? [];
  return tools.map((tool) => ({
    source: argumentsSource(tool, request),
    pointer: parametersPointer(request.tools, tool),
  }));
}

/** `signal`: stops waiting for the validator; undefined if the answer is not validated. */
async function prepareSchema(
  source: SchemaSource,
  schemas: SchemaCache,
  isOpen: boolean,
  signal: AbortSignal | undefined,
): Promise<PreparedSchema> {
  const checkable = signal === undefined ? undefined : sharedValidator().prepare(source, signal);
  checkable?.catch(() => {});
  const schema = await schemas.prepare(source, isOpen);
  await checkable;
  return schema;
}

/** Converts an error about a schema to one about the request that contains it at `pointer`. */
async function located<Answer>(pointer: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    if (pointer === "" || !(thrown instanceof FormworkError) || thrown.pointer === undefined) throw thrown;
    throw thrown.at(`${pointer}${thrown.pointer}`);
  }
}
