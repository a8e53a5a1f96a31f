import type { Client } from "../client.js";
import type { Connection, GenerateBody } from "../connection.js";
import { clientOver } from "../createClient.js";
import { ClientError, errorFromBody } from "../errors.js";
import { writtenText } from "../wire.js";
import { fileSystem } from "./files.js";
import { describeNearest } from "./nearest.js";
import { keyOf, parseRecordings, type Recording } from "./recording.js";

/**
 * Creates a client that answers from `file`. A repeated request gets its recordings in order, then the last one again. A request
 * without a recording fails with `not_found`; the message describes the most similar recording and the differences. Throws if
 * the file is missing or not a recording.
 */
export function replay(file: string): Client {
  let text: string;
  try {
    text = fileSystem().readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError(
      "not_found",
      `There is no recording ${file}. Make it with record(client, "${file}").`,
      {
        cause,
      },
    );
  }
  const recordings = parseRecordings(text, file);
  const byKey = new Map<string, Recording[]>();
  for (const recording of recordings) {
    const key = keyOf(recording.request);
    byKey.set(key, [...(byKey.get(key) ?? []), recording]);
  }
  const turns = new Map<string, number>();

  const take = (request: GenerateBody, signal: AbortSignal | undefined) => {
    if (signal?.aborted)
      throw new ClientError("cancelled", "The call was cancelled.", { cause: signal.reason });
    const key = keyOf(request);
    const found = byKey.get(key);
    if (found === undefined) {
      throw new ClientError(
        "not_found",
        `${file} has no such request. ${describeNearest(request, recordings)}`,
      );
    }
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    const { answer, error, deltas } = found[Math.min(turn, found.length - 1)];
    if (answer === undefined) throw errorFromBody(error, undefined);
    return { answer, deltas: deltas ?? [writtenText(answer, request.schema !== undefined)] };
  };

  const model = recordings.find(({ answer }) => answer !== undefined)?.answer?.model ?? "replay";
  const player: Connection = {
    generate: async (request, { signal }) => take(request, signal).answer,
    async *stream(request, { signal }) {
      const { answer, deltas } = take(request, signal);
      yield { type: "start" };
      if (answer.reasoning !== undefined) yield { type: "reasoning", text: answer.reasoning };
      for (const text of deltas) {
        // One piece per turn of the event loop, so that readers see a stream.
        await Promise.resolve();
        yield { type: "text", text };
      }
      for (const [index, { id, name, arguments: text }] of (answer.tool_calls ?? []).entries()) {
        yield { type: "toolCall", index, id, name };
        yield { type: "toolArguments", index, text };
      }
      yield { type: "finish", answer };
    },
    health: async () => ({
      status: "healthy",
      engine: "ready",
      model,
      model_loaded: true,
      version: "replay",
    }),
    ready: async () => ({ ready: true }),
    warmup: async () => ({ status: "warm", model_loaded: true, ready_for_requests: true, model, load_ms: 0 }),
  };
  return clientOver(player);
}
