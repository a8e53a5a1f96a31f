import { type LanguageModelV3, NoSuchModelError, type ProviderV3 } from "@ai-sdk/provider";
import type { Client } from "../client.js";
import { type ClientOptions, createClient } from "../createClient.js";
import { FormworkLanguageModel } from "./languageModel.js";

/** Models of one Formwork server for the AI SDK: `formwork()` is the server's own, `formwork("name")` another. */
export interface FormworkProvider extends ProviderV3 {
  /** The model with this id; without one, the server's own. */
  (modelId?: string): LanguageModelV3;
}

/**
 * A provider for AI SDK 6 and 7: text, documents (`Output.*`), tools, reasoning. Takes what `createClient` takes, or a
 * client (a recorder, a replay). The client tries again itself what is safe, so its errors are not retried by the SDK.
 */
export function createFormwork(options: ClientOptions | { client: Client }): FormworkProvider {
  const client = "client" in options ? options.client : createClient(options);
  const languageModel = (modelId = "") => new FormworkLanguageModel(client, modelId);
  const none = (modelType: "embeddingModel" | "imageModel") => (modelId: string) => {
    throw new NoSuchModelError({ modelId, modelType });
  };
  return Object.assign((modelId?: string) => languageModel(modelId), {
    specificationVersion: "v3" as const,
    languageModel,
    embeddingModel: none("embeddingModel"),
    imageModel: none("imageModel"),
  });
}
