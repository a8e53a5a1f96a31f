import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
  LanguageModelV3Usage,
} from "@ai-sdk/provider";
import type { ChatAnswer, Client } from "../client.js";
import { PartStream } from "./partStream.js";
import { toChatOptions } from "./prompt.js";

/** A model of a Formwork server. AI SDK 6 uses version 3 of the interface directly, AI SDK 7 through its adapter. */
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
    const { chat, warnings } = toChatOptions(options, this.modelId);
    try {
      const answer = await this.client.chat(chat);
      return {
        content: contentOf(answer),
        finishReason: finishReasonOf(answer),
        usage: usageOf(answer),
        response: { id: answer.requestId, modelId: answer.model },
        warnings,
      };
    } catch (thrown) {
      throw reasonOf(thrown, options.abortSignal);
    }
  }

  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { chat, warnings } = toChatOptions(options, this.modelId);
    const answer = this.client.streamChat(chat);
    const parts = answer[Symbol.asyncIterator]();
    const fail = (thrown: unknown) => reasonOf(thrown, options.abortSignal);
    // Awaited here, so that a failure before the first part rejects the call.
    let next = await parts.next().catch((thrown) => Promise.reject(fail(thrown)));
    const written = new PartStream();
    const stream = new ReadableStream<LanguageModelV3StreamPart>({
      start(controller) {
        controller.enqueue({ type: "stream-start", warnings });
      },
      async pull(controller) {
        const send = (list: readonly LanguageModelV3StreamPart[]) => {
          for (const part of list) controller.enqueue(part);
        };
        try {
          if (!next.done) {
            send(written.take(next.value));
            next = await parts.next();
            return;
          }
          const final = await answer.final();
          send(written.end());
          send([
            { type: "response-metadata", id: final.requestId, modelId: final.model },
            { type: "finish", finishReason: finishReasonOf(final), usage: usageOf(final) },
          ]);
        } catch (thrown) {
          const error = fail(thrown);
          if (options.abortSignal?.aborted) {
            controller.error(error);
            return;
          }
          controller.enqueue({ type: "error", error });
        }
        controller.close();
      },
      async cancel() {
        await parts.return?.();
      },
    });
    return { stream };
  }
}

/** The reason given by the caller, if the caller aborted the call. */
function reasonOf(thrown: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : thrown;
}

function contentOf({ reasoning, text, toolCalls }: ChatAnswer<unknown>): LanguageModelV3Content[] {
  return [
    ...(reasoning === undefined ? [] : [{ type: "reasoning" as const, text: reasoning }]),
    ...(text === "" ? [] : [{ type: "text" as const, text }]),
    ...toolCalls.map(({ id, name, arguments: input }) => ({
      type: "tool-call" as const,
      toolCallId: id,
      toolName: name,
      input,
    })),
  ];
}

/** `length` means truncated text; a document is complete even then, so the SDK may use it. */
function finishReasonOf({ finishReason: raw }: ChatAnswer<unknown>): LanguageModelV3FinishReason {
  return { unified: raw === "tool_calls" ? "tool-calls" : raw, raw };
}

function usageOf({ usage }: ChatAnswer<unknown>): LanguageModelV3Usage {
  return {
    inputTokens: {
      total: usage.promptTokens,
      noCache: usage.promptTokens - usage.cachedTokens,
      cacheRead: usage.cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: usage.completionTokens,
      text: usage.completionTokens - (usage.reasoningTokens ?? 0),
      reasoning: usage.reasoningTokens ?? 0,
    },
    raw: { forced_tokens: usage.forcedTokens },
  };
}
