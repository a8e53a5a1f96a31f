import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
  LanguageModelV3Usage,
} from "@ai-sdk/provider";
import type { JsonValue } from "../../types.js";
import type { Answer, Client } from "../client.js";
import { toGeneration } from "./prompt.js";

/** One model of a Formwork server, as the AI SDK wants it. */
export class FormworkLanguageModel implements LanguageModelV3 {
  readonly specificationVersion = "v3";
  readonly provider = "formwork";
  readonly modelId: string;
  readonly supportedUrls = {};
  private readonly client: Client;

  constructor(client: Client, modelId: string) {
    this.client = client;
    this.modelId = modelId;
  }

  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    const { generation, warnings } = toGeneration(options, this.modelId);
    const answer = await this.client.generate(generation);
    return {
      content: [{ type: "text", text: answer.text }],
      finishReason: finishReasonOf(answer),
      usage: usageOf(answer),
      response: { id: answer.requestId, modelId: answer.model, body: answer.output },
      warnings,
    };
  }

  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { generation, warnings } = toGeneration(options, this.modelId);
    const document = this.client.stream(generation);
    const pieces = document.text()[Symbol.asyncIterator]();
    // Waited for here, so that what fails before the first piece is an error of the call.
    let next = await pieces.next();
    const id = "document";
    const stream = new ReadableStream<LanguageModelV3StreamPart>({
      start(controller) {
        controller.enqueue({ type: "stream-start", warnings });
        controller.enqueue({ type: "text-start", id });
      },
      async pull(controller) {
        try {
          if (!next.done) {
            controller.enqueue({ type: "text-delta", id, delta: next.value });
            next = await pieces.next();
            return;
          }
          const answer = await document.final();
          controller.enqueue({ type: "text-end", id });
          controller.enqueue({ type: "response-metadata", id: answer.requestId, modelId: answer.model });
          controller.enqueue({
            type: "finish",
            finishReason: finishReasonOf(answer),
            usage: usageOf(answer),
          });
        } catch (error) {
          controller.enqueue({ type: "error", error });
        }
        controller.close();
      },
      async cancel() {
        await pieces.return?.();
      },
    });
    return { stream };
  }
}

/** `length` means that the budget was near and the server closed the document: it is whole, so the SDK may take it. */
function finishReasonOf(answer: Answer<JsonValue>): LanguageModelV3FinishReason {
  const raw = answer.finishReason;
  return { unified: raw === "tool_calls" ? "tool-calls" : raw, raw };
}

function usageOf({ usage }: Answer<JsonValue>): LanguageModelV3Usage {
  return {
    inputTokens: {
      total: usage.promptTokens,
      noCache: usage.promptTokens - usage.cachedTokens,
      cacheRead: usage.cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: { total: usage.completionTokens, text: usage.completionTokens, reasoning: 0 },
    raw: { forced_tokens: usage.forcedTokens },
  };
}
