import { contracts } from "../surfaces/contracts.js";
import { failureShapes } from "./errorSchemas.js";
import { boolean, count, list, milliseconds, object, reference, type Shape, string } from "./shapes.js";

/** The schemas that `/openapi.json` refers to. */
export const schemas: Record<string, Shape> = {
  ...Object.assign({}, ...contracts.map((contract) => contract.schemas)),
  ...failureShapes,
  Health: object(
    {
      status: { const: "healthy" },
      engine: { enum: ["idle", "loading", "ready", "failed"] },
      model: string,
      model_loaded: boolean,
      version: string,
      stage: string,
      progress: { type: "number", minimum: 0, maximum: 1 },
      error: string,
    },
    ["stage", "progress", "error"],
  ),
  Ready: object({ status: { const: "ready" }, model: string }),
  Warm: object({
    status: { const: "warm" },
    model_loaded: { const: true },
    model: string,
    ready_for_requests: { const: true },
    load_ms: milliseconds,
    stages: { type: "object", additionalProperties: milliseconds },
  }),
  Warming: object({ status: { const: "warming" }, model: string }),
  Model: object(
    { id: string, object: { const: "model" }, created: count, owned_by: string, max_model_len: count },
    ["max_model_len"],
  ),
  ModelList: object({ object: { const: "list" }, data: { type: "array", items: reference("Model") } }),
  AnthropicTokenCount: object({ input_tokens: count }),
  OllamaTags: object({
    models: list(object({ name: string, model: string, modified_at: string, size: count, digest: string })),
  }),
  OllamaModel: object({ details: { type: "object" }, capabilities: list(string) }),
  OllamaVersion: object({ version: string, formwork: string }),
};
