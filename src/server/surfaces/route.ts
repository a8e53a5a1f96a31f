import type { Context } from "hono";
import type { GenerateResult } from "../../engine/index.js";
import { FormworkError } from "../../errors.js";
import { writeJson } from "../../json/index.js";
import { bodyOf, readBody } from "../body.js";
import { failureOf } from "../failure.js";
import { requireServed } from "../models.js";
import { namesGiven } from "../readSettings.js";
import { planGeneration } from "../request.js";
import { runStreamed, runWhole, type StreamOutcome } from "../run.js";
import type { App, AppEnvironment, Services } from "../services.js";
import { ignoredMember } from "./ignored.js";
import type { AnswerHead, SurfaceCall, SurfaceDefinition } from "./surface.js";

/** Serves `definition` at `path`: body in, whole answer or stream out, in the same steps for every surface. */
export function addGenerationRoute<Call extends SurfaceCall>(
  app: App,
  services: Services,
  path: string,
  definition: SurfaceDefinition<Call>,
): void {
  const { engine, config, openRequests } = services;
  app.post(path, async (context) => {
    const requestId = context.get("requestId");
    const fields = await readBody(bodyOf(context), config.bodyLimitBytes);
    const toLoad = definition.loading?.model(fields);
    if (toLoad !== undefined) return load(context, services, definition, toLoad);
    const call = definition.read(fields, config);
    const plan = planGeneration(requestId, call.input, engine, config);
    const head: AnswerHead = {
      requestId,
      created: now(),
      model: call.input.values.model ?? engine.status().model,
      ignored: [...plan.ignored, ...(call.ignored ?? []), ...fields.unread()],
      namesGiven: (name) => namesGiven(call.input, name),
    };
    setIgnored(context, head);
    context.set("request", plan.requests[0]);
    const openRequest = openRequests.begin(context.req.raw.signal);
    if (!call.streamed) {
      const results = await located(call, runWhole(engine, plan.requests, openRequest));
      context.set("results", results);
      setIgnored(context, head, results);
      // The line break is for use with curl.
      return context.body(`${writeJson(definition.answer(results, call, head))}\n`, 200, {
        "content-type": "application/json; charset=utf-8",
      });
    }
    const requests = plan.requests.map((request) => ({ ...request, incremental: true }));
    const { outcome, onEnd } = streamEnd(services, requestId);
    const format = definition.stream(call, head);
    const stream = await located(call, runStreamed(engine, requests, openRequest, format, onEnd));
    context.set("streamed", outcome);
    return streamResponse(context, stream, definition.streamType);
  });
}

/** `answer`, with pointers into the body in its error. Schemas are checked before a stream starts. */
async function located<Answer>({ relocate }: SurfaceCall, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    if (relocate === undefined || !(thrown instanceof FormworkError) || thrown.pointer === undefined)
      throw thrown;
    throw thrown.at(relocate(thrown.pointer));
  }
}

/** Loads the model, and answers in the surface's format. */
async function load(
  context: Context<AppEnvironment>,
  { engine, config, openRequests }: Services,
  { loading, streamType }: Pick<SurfaceDefinition, "loading" | "streamType">,
  model: string,
): Promise<Response> {
  requireServed(model, engine.status(), config.servedModelNames);
  const openRequest = openRequests.begin(context.req.raw.signal);
  try {
    await engine.warmup(openRequest.signal);
  } catch (thrown) {
    throw failureOf(thrown, openRequest.signal);
  } finally {
    openRequest.end();
  }
  const head = {
    requestId: context.get("requestId"),
    created: now(),
    model,
    ignored: [],
    namesGiven: () => [],
  };
  return context.body(`${writeJson(loading?.answer(head))}\n`, 200, {
    "content-type": streamType ?? "application/json; charset=utf-8",
  });
}

/** Seconds since 1970. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** The outcome of a stream, for the log and the metrics. */
function streamEnd({ log }: Services, requestId: string) {
  let onEnd: (outcome: StreamOutcome) => void = () => {};
  const outcome = new Promise<StreamOutcome>((resolve) => {
    onEnd = (how) => {
      if ("error" in how && how.error.code === "internal") {
        log.error({ request_id: requestId, err: how.error.cause ?? how.error }, "a request hit a bug");
      }
      resolve(how);
    };
  });
  return { outcome, onEnd };
}

function streamResponse(
  context: Context<AppEnvironment>,
  stream: ReadableStream<Uint8Array>,
  type = "text/event-stream; charset=utf-8",
): Response {
  // Set before the headers are written, because probing a disconnected client depends on it.
  context.env?.outgoing?.setHeader("content-type", type);
  return context.body(stream, 200, {
    "content-type": type,
    "cache-control": "no-cache",
    // Reverse proxies that buffer answers would delay the events.
    "x-accel-buffering": "no",
  });
}

/** Names what had no effect in a header. What only the engine knows at the end of a stream is in its last event alone. */
function setIgnored(
  context: Context<AppEnvironment>,
  head: AnswerHead,
  results: readonly GenerateResult[] = [],
): void {
  const { ignored } = ignoredMember(head, results);
  if (ignored !== undefined) context.header("x-formwork-ignored", headerList(ignored));
}

/** Maximum number of names in the header; the answer's `ignored` has all. */
const MAX_HEADER_NAMES = 32;

/** Names separated by commas; headers are ASCII only. */
function headerList(names: readonly string[]): string {
  return names
    .slice(0, MAX_HEADER_NAMES)
    .map((name) => name.slice(0, 64).replace(/[^!-+\--~]/g, "?"))
    .join(", ");
}
