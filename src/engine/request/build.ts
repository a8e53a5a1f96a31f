import type { GenerateRequest, ReasoningSettings } from "../engine.js";
import type { RequestField } from "./field.js";
import { memberAt, setMember } from "./path.js";
import { REQUEST_FIELDS } from "./table.js";
import type { RequestValues, SettingName } from "./values.js";

/** What a request is about; its settings come from the table. */
export type RequestContent = Omit<GenerateRequest, "maxTokens" | "sampling" | "reasoning">;

/** The fields that have a place in the request. */
export const SETTINGS = (Object.keys(REQUEST_FIELDS) as (keyof typeof REQUEST_FIELDS)[]).filter(
  (name): name is SettingName => "to" in REQUEST_FIELDS[name],
);

/**
 * The request that `content` and the caller's `values` make: each value at its place, the table's defaults where the
 * caller says nothing, and a random seed. Every surface, the command line and the library build theirs here.
 */
export function buildRequest(content: RequestContent, values: RequestValues): GenerateRequest {
  const request: Record<string, unknown> = { ...content };
  for (const name of SETTINGS) {
    const field: RequestField = REQUEST_FIELDS[name];
    const value = memberAt(values, name) ?? field.default;
    if (value !== undefined) setMember(request, REQUEST_FIELDS[name].to, value);
  }
  const sampling = request["sampling"] as Record<string, unknown>;
  sampling["seed"] ??= crypto.getRandomValues(new Uint32Array(1))[0];
  const { reasoning } = values;
  if (reasoning !== undefined) request["reasoning"] = completeReasoning(reasoning);
  return request as unknown as GenerateRequest;
}

/** Whoever says how to reason wants it, unless the effort is `none`. */
function completeReasoning({
  enabled,
  maxTokens,
  effort,
}: NonNullable<RequestValues["reasoning"]>): ReasoningSettings {
  return {
    enabled: enabled ?? effort !== "none",
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(effort === undefined || effort === "none" ? {} : { effort }),
  };
}
