import type { GenerateRequest, ReasoningSettings } from "../engine.js";
import type { RequestField } from "./field.js";
import { memberAt, setMember } from "./path.js";
import type { RequestValues, SettingName } from "./requestValues.js";
import { REQUEST_FIELDS } from "./table.js";

/** The content of a request; its settings come from the table. */
export type RequestContent = Omit<GenerateRequest, "maxTokens" | "sampling" | "reasoning">;

/** The fields that have a place in the request. */
export const SETTINGS = (Object.keys(REQUEST_FIELDS) as (keyof typeof REQUEST_FIELDS)[]).filter(
  (name): name is SettingName => "to" in REQUEST_FIELDS[name],
);

/**
 * Builds the request from `content` and the caller's `values`, with the table's defaults and a random seed. All surfaces, the command
 * line and the library build their requests here.
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

/** Settings of reasoning turn it on, unless the effort is `none`. */
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
