import type { Engine, EngineEvent, GenerateRequest, GenerateResult } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { writeJsonLine } from "../json/index.js";
import { failureOf } from "./failure.js";
import { interleave } from "./interleave.js";
import type { OpenRequest } from "./openRequests.js";

/** The results of requests that are not streamed. The requests have ended when this settles. */
export async function runWhole(
  engine: Engine,
  requests: readonly GenerateRequest[],
  openRequest: OpenRequest,
): Promise<readonly GenerateResult[]> {
  const failed = new AbortController();
  const signal =
    requests.length === 1 ? openRequest.signal : AbortSignal.any([openRequest.signal, failed.signal]);
  try {
    return await Promise.all(requests.map((request) => resultOf(engine, request, signal)));
  } catch (thrown) {
    failed.abort(thrown);
    throw failureOf(thrown, openRequest.signal);
  } finally {
    openRequest.end();
  }
}

async function resultOf(
  engine: Engine,
  request: GenerateRequest,
  signal: AbortSignal,
): Promise<GenerateResult> {
  for await (const event of engine.generate(request, signal)) {
    if (event.type === "finish") return event.result;
  }
  throw endedEarly();
}

/** The wire format of a stream of one or several answers. Each method returns the text to send. */
export interface EventFormat {
  /** An event of answer number `index`. */
  event(event: EngineEvent, index: number): string;
  /** After the last event of all answers. */
  end(results: readonly GenerateResult[]): string;
  /** Replaces the rest of the stream after an error. */
  error(error: FormworkError): string;
}

/** The outcome of a streamed request: its results, or the error. */
export type StreamOutcome = { results: readonly GenerateResult[] } | { error: FormworkError };

/**
 * The events of requests as a stream of bytes, which always ends with `end` or `error`. Resolves with the first event; errors before are
 * thrown, so that they get an HTTP error status. `onEnd` is called once, at the end of the stream or when its reader disconnects.
 */
export async function runStreamed(
  engine: Engine,
  requests: readonly GenerateRequest[],
  openRequest: OpenRequest,
  format: EventFormat,
  onEnd: (outcome: StreamOutcome) => void,
): Promise<ReadableStream<Uint8Array>> {
  const sources = requests.map((request) =>
    engine.generate(request, openRequest.signal)[Symbol.asyncIterator](),
  );
  const events = interleave(sources);
  const results: GenerateResult[] = [];
  let first: Awaited<ReturnType<typeof events.next>> | undefined;
  try {
    first = await events.next();
  } catch (thrown) {
    openRequest.end();
    throw failureOf(thrown, openRequest.signal);
  }

  const encoder = new TextEncoder();
  let ended = false;
  const end = (outcome: StreamOutcome) => {
    if (ended) return;
    ended = true;
    openRequest.end();
    onEnd(outcome);
  };

  /** The text of the next event that has any; undefined after the last. */
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const { value, done } = first ?? (await events.next());
      first = undefined;
      if (done) return undefined;
      const [event, index] = value;
      if (event.type === "finish") results[index] = event.result;
      const text = format.event(event, index);
      if (text !== "") return text;
    }
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const text = await next();
        if (text !== undefined) return controller.enqueue(encoder.encode(text));
        if (results.filter((result) => result !== undefined).length < requests.length) throw endedEarly();
        controller.enqueue(encoder.encode(format.end(results)));
        end({ results });
      } catch (thrown) {
        const error = failureOf(thrown, openRequest.signal);
        controller.enqueue(encoder.encode(format.error(error)));
        end({ error });
      }
      controller.close();
    },
    async cancel() {
      openRequest.abandon();
      end({ error: failureOf(undefined, openRequest.signal) });
      await events.return(undefined);
    },
  });
}

function endedEarly(): FormworkError {
  return new FormworkError("internal", "The engine ended a request without a result.");
}

/** One server-sent event. */
export function serverSentEvent(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${writeJsonLine(data)}\n\n`;
}
