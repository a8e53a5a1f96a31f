import type { Context } from "hono";
import type { GenerateRequest } from "../../engine/index.js";
import type { Flight } from "../flights.js";
import { type EventFormat, runStreamed, type StreamOutcome } from "../run.js";
import type { AppEnvironment, Services } from "../services.js";

/** The answer to `request` as server-sent events in `format`. Throws what fails before the first event. */
export async function answerStreamed(
  context: Context<AppEnvironment>,
  { engine, log }: Services,
  request: GenerateRequest,
  flight: Flight,
  format: EventFormat,
): Promise<Response> {
  let ended: (outcome: StreamOutcome) => void = () => {};
  const outcome = new Promise<StreamOutcome>((resolve) => {
    ended = resolve;
  });
  const stream = await runStreamed(engine, { ...request, incremental: true }, flight, format, (how) => {
    if ("error" in how && how.error.code === "internal") {
      log.error({ request_id: request.id, err: how.error.cause ?? how.error }, "a request hit a bug");
    }
    ended(how);
  });
  context.set("streamed", outcome);
  return context.body(stream, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    // Reverse proxies that buffer answers would hold the events back.
    "x-accel-buffering": "no",
  });
}
