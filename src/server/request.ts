import type { Engine, GenerateRequest } from "../engine/index.js";
import {
  buildRequest,
  type FieldName,
  isHonoured,
  memberAt,
  REQUEST_DEFAULTS,
  type RequestContent,
  requestField,
} from "../engine/request/index.js";
import { FormworkError } from "../errors.js";
import type { ServerConfig } from "./config.js";
import { isServedName } from "./models.js";
import type { GivenSettings } from "./readSettings.js";

/** A caller's request, from any surface. */
export interface GenerationInput extends GivenSettings {
  /** The content of the request. */
  content: Omit<RequestContent, "id">;
  /** Number of answers. Default 1. */
  count?: number | undefined;
}

/** The requests for the engine, one per answer. */
export interface PlannedGeneration {
  requests: readonly GenerateRequest[];
  /** Wire names of settings that this engine does not support, or that the server's limits change. */
  ignored: readonly string[];
}

/**
 * Turns a surface's request into engine requests: applies defaults and the server's limits, resolves model aliases, and handles settings
 * that this engine does not support. Throws `invalid_request` for those that must not be ignored.
 */
export function planGeneration(
  id: string,
  { content, values, names, ignored, count = 1 }: GenerationInput,
  engine: Engine,
  config: Pick<ServerConfig, "maxTokensLimit" | "requestTimeoutMs" | "servedModelNames">,
): PlannedGeneration {
  const unable = (policy: "rejected" | "ignored") =>
    [...names]
      .filter(([name]) => !isHonoured(name, engine.kind) && !isDefault(name, values))
      .filter(([name]) => (requestField(name).otherwise ?? "ignored") === policy)
      .map(([, wireName]) => wireName);
  const [rejected] = unable("rejected");
  if (rejected !== undefined)
    throw new FormworkError(
      "invalid_request",
      `\`${rejected}\` is not possible with the engine ${engine.kind}.`,
      {
        pointer: `/${rejected.replaceAll(".", "/")}`,
      },
    );
  const { model = "" } = values;
  const request = buildRequest(
    { ...content, id, deadlineMs: config.requestTimeoutMs },
    {
      ...values,
      maxTokens: values.maxTokens ?? Math.min(REQUEST_DEFAULTS.maxTokens, config.maxTokensLimit),
      model: isServedName(model, config.servedModelNames) ? undefined : model,
    },
  );
  return { requests: several(request, count), ignored: [...unable("ignored"), ...ignored] };
}

/** Whether the value of a field is the default, which every engine honours. */
function isDefault(name: FieldName, values: GivenSettings["values"]): boolean {
  const { default: value } = requestField(name);
  return value !== undefined && memberAt(values, name) === value;
}

/** `count` copies of the request, each with its own id and seed. */
function several(request: GenerateRequest, count: number): GenerateRequest[] {
  if (count === 1) return [request];
  return Array.from({ length: count }, (_, index) => ({
    ...request,
    id: `${request.id}.${index}`,
    sampling: { ...request.sampling, seed: request.sampling.seed + index },
  }));
}

/** Whether the answer is a document, or text by a pattern or a choice, which the budget closes but never truncates. */
export function isConstrained({ format }: Pick<GenerateRequest, "format">): boolean {
  return format?.kind !== "text";
}
