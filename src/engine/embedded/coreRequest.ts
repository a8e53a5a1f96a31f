import type { CoreRequest } from "../core/core.js";
import type { GenerateRequest } from "../engine.js";

/** The part of a request that the engine process needs. */
export function coreRequest(
  request: GenerateRequest & Required<Pick<GenerateRequest, "schemaInPrompt" | "deadlineMs">>,
): CoreRequest {
  const { schema, documents, messages, maxTokens, sampling, schemaInPrompt, deadlineMs } = request;
  const { format, tools, maxToolCalls, reasoning, stop, topLogprobs, trace } = request;
  const { additionalMembers, continueAssistant } = request;
  return {
    messages,
    schemaText: schema,
    ...(documents === undefined ? {} : { documents }),
    maxTokens,
    sampling,
    ...(format === undefined ? {} : { format }),
    ...(tools === undefined ? {} : { tools }),
    ...(maxToolCalls === undefined ? {} : { maxToolCalls }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(stop === undefined ? {} : { stop }),
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
    ...(trace === undefined ? {} : { trace }),
    ...(additionalMembers === undefined ? {} : { additionalMembers }),
    ...(continueAssistant === undefined ? {} : { continueAssistant }),
    schemaInPrompt,
    constraint: request.constraint ?? "schema",
    deadlineMs,
  };
}
