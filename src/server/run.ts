import type { Engine, EngineEvent, GenerateRequest, GenerateResult } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { writeJsonLine } from "../json/index.js";
import { failureOf } from "./failure.js";
import type { Flight } from "./flights.js";

/** The result of a request whose events nobody wants to see. The flight has landed when this settles. */
export async function runWhole(
  engine: Engine,
  request: GenerateRequest,
  flight: Flight,
): Promise<GenerateResult> {
  try {
    for await (const event of engine.generate(request, flight.signal)) {
      if (event.type === "finish") return event.result;
    }
    throw endedEarly();
  } catch (thrown) {
    throw failureOf(thrown, flight.signal);
  } finally {
    flight.land();
  }
}

/** How the events of a request look on the wire. Each method answers the text to send. */
export interface EventFormat {
  start(event: Extract<EngineEvent, { type: "start" }>): string;
  delta(text: string): string;
  finish(result: GenerateResult): string;
  error(error: FormworkError): string;
}

/** What became of a streamed request: its result, or why there is none. */
export type StreamOutcome = { result: GenerateResult } | { error: FormworkError };

/**
 * The events of a request as a stream of bytes that ends with `finish` or `error`, always. Resolves when
 * the first event is there, so that whatever fails before still gets a real HTTP status: that is thrown.
 * `onEnd` is called once, when the stream is over or its reader has left.
 */
export async function runStreamed(
  engine: Engine,
  request: GenerateRequest,
  flight: Flight,
  format: EventFormat,
  onEnd: (outcome: StreamOutcome) => void,
): Promise<ReadableStream<Uint8Array>> {
  const events = engine.generate(request, flight.signal)[Symbol.asyncIterator]();
  let first: IteratorResult<EngineEvent> | undefined;
  try {
    first = await events.next();
  } catch (thrown) {
    flight.land();
    throw failureOf(thrown, flight.signal);
  }

  const encoder = new TextEncoder();
  let ended = false;
  const end = (outcome: StreamOutcome) => {
    if (ended) return;
    ended = true;
    flight.land();
    onEnd(outcome);
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value: event, done } = first ?? (await events.next());
        first = undefined;
        if (done) throw endedEarly();
        controller.enqueue(encoder.encode(textOf(event, format)));
        if (event.type !== "finish") return;
        end({ result: event.result });
        // The engine's books on this request are closed when its events are.
        await events.return?.();
      } catch (thrown) {
        if (ended) return;
        const error = failureOf(thrown, flight.signal);
        controller.enqueue(encoder.encode(format.error(error)));
        end({ error });
      }
      controller.close();
    },
    async cancel() {
      flight.abandon();
      end({ error: failureOf(undefined, flight.signal) });
      await events.return?.();
    },
  });
}

function textOf(event: EngineEvent, format: EventFormat): string {
  if (event.type === "delta") return format.delta(event.text);
  if (event.type === "start") return format.start(event);
  return event.type === "finish" ? format.finish(event.result) : "";
}

function endedEarly(): FormworkError {
  return new FormworkError("internal", "The engine ended a request without a result.");
}

/** One server-sent event. */
export function serverSentEvent(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${writeJsonLine(data)}\n\n`;
}
