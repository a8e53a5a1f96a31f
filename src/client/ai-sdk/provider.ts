import { type LanguageModelV3, NoSuchModelError, type ProviderV3 } from "@ai-sdk/provider";
import type { Client } from "../client.js";
import { type ClientOptions, createClient } from "../createClient.js";
import { FormworkLanguageModel } from "./languageModel.js";

/** Models of a Formwork server for the AI SDK: `formwork()` is the default model, `formwork("name")` another. */
export interface FormworkProvider extends ProviderV3 {
  /** The model with this id, or the server's default model. */
  (modelId?: string): LanguageModelV3;
}

/**
 * Creates a provider for AI SDK 6 and 7: text, documents (`Output.*`), tools, reasoning. Takes the options of `createClient` or
 * a client (such as a recorder or a replay). The client retries what is safe to retry, so the SDK does not retry its errors.
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
