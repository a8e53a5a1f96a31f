import { toSchemaText } from "../../../json/index.js";
import type { JsonSchema } from "../../../types.js";
import type { Engine, EngineEvent, GenerateRequest, GenerateResult } from "../../engine.js";
import { createRemoteEngine, type RemoteEngineOptions } from "../index.js";

export const MODELS = { object: "list", data: [{ id: "small", object: "model" }] };

export interface ChunkOptions {
  finish?: string | null;
  usage?: { prompt: number; completion: number } | null;
  /** The stream ends with `[DONE]`. */
  done?: boolean;
}

/** The wire text of a streamed chat completion, a chunk for each piece, as vLLM writes it. */
export function completion(pieces: readonly string[], options: ChunkOptions = {}): string[] {
  const { finish = "stop", usage = { prompt: 30, completion: pieces.length }, done = true } = options;
  const chunk = (delta: object, finishReason: string | null) =>
    data({ model: "small", choices: [{ index: 0, delta, finish_reason: finishReason }] });
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...pieces.map((content) => chunk({ content }, null)),
    ...(finish === null ? [] : [chunk({}, finish)]),
    ...(usage === null
      ? []
      : [
          data({
            model: "small",
            choices: [],
            usage: {
              prompt_tokens: usage.prompt,
              completion_tokens: usage.completion,
              prompt_tokens_details: { cached_tokens: 10 },
            },
          }),
        ]),
    ...(done ? ["data: [DONE]\n\n"] : []),
  ];
}

export function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export function requestFor(schema: JsonSchema, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    id: "request-1",
    messages: [{ role: "user", content: "a person" }],
    schema: toSchemaText(schema),
    maxTokens: 64,
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 7 },
    ...more,
  };
}

export interface Collected {
  events: EngineEvent[];
  deltas: string[];
  result: GenerateResult;
}

export async function collect(events: AsyncIterable<EngineEvent>): Promise<Collected> {
  const all: EngineEvent[] = [];
  for await (const event of events) all.push(event);
  const last = all.at(-1);
  if (last?.type !== "finish") throw new Error("there is no finish");
  const deltas = all.flatMap((event) => (event.type === "delta" ? [event.text] : []));
  return { events: all, deltas, result: last.result };
}

/** What iterating `stream` throws. */
export async function failureOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of stream);
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it should have failed");
}

/** Engines of one test, with short pauses and patient limits, closed together. */
export class TestEngines {
  private readonly engines: Engine[] = [];

  at(url: string, kind = "vllm", options: RemoteEngineOptions = {}): Engine {
    const engine = createRemoteEngine(`${kind}=${url}`, {
      ...options,
      timeouts: { cold: 10_000, warm: 1_000, silence: 10_000, firstPause: 10, ...options.timeouts },
    });
    this.engines.push(engine);
    return engine;
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.splice(0).map((engine) => engine.close()));
  }
}
