import type { Engine, GenerateRequest } from "../engine/index.js";
import {
  buildRequest,
  isHonoured,
  REQUEST_DEFAULTS,
  type RequestContent,
  requestField,
} from "../engine/request/index.js";
import { FormworkError } from "../errors.js";
import type { ServerConfig } from "./config.js";
import { isServedName } from "./models.js";
import type { GivenSettings } from "./readSettings.js";

/** What a caller asked for, whichever surface it came by. */
export interface GenerationInput extends GivenSettings {
  /** What the request is about. */
  content: Omit<RequestContent, "id">;
  /** How many answers. Default 1. */
  count?: number | undefined;
}

/** What goes to the engine, one request for each answer. */
export interface PlannedGeneration {
  requests: readonly GenerateRequest[];
  /** Wire names of settings that this engine does not honour. */
  ignored: readonly string[];
}

/**
 * The one way from a surface to the engine: fills in the defaults and the server's limits, resolves aliases of the model,
 * and sorts out what this engine cannot honour. Throws `invalid_request` where that may not be ignored.
 */
export function planGeneration(
  id: string,
  { content, values, names, count = 1 }: GenerationInput,
  engine: Engine,
  config: Pick<ServerConfig, "maxTokensLimit" | "requestTimeoutMs" | "servedModelNames">,
): PlannedGeneration {
  const unable = (policy: "refused" | "ignored") =>
    [...names]
      .filter(([name]) => !isHonoured(name, engine.kind))
      .filter(([name]) => (requestField(name).otherwise ?? "ignored") === policy)
      .map(([, wireName]) => wireName);
  const [refused] = unable("refused");
  if (refused !== undefined)
    throw new FormworkError(
      "invalid_request",
      `\`${refused}\` is not possible with the engine ${engine.kind}.`,
      {
        pointer: `/${refused.replaceAll(".", "/")}`,
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
  return { requests: several(request, count), ignored: unable("ignored") };
}

/** The same request `count` times, each with an id and a seed of its own. */
function several(request: GenerateRequest, count: number): GenerateRequest[] {
  if (count === 1) return [request];
  return Array.from({ length: count }, (_, index) => ({
    ...request,
    id: `${request.id}.${index}`,
    sampling: { ...request.sampling, seed: request.sampling.seed + index },
  }));
}

/** Whether the answer is a whole document, text of a pattern or a choice, which the budget closes but never cuts. */
export function isConstrained({ format }: Pick<GenerateRequest, "format">): boolean {
  return format?.kind !== "text";
}
