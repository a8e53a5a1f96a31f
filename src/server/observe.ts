import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { GenerateResult } from "../engine/index.js";
import type { FormworkError } from "../errors.js";
import type { AppEnvironment, Services } from "./services.js";
import { timingMembers, usageMembers } from "./usage.js";

/** A caller's request id that is used as it is; any other is replaced. */
const ACCEPTED_ID = /^[\w.:-]{1,128}$/;

/** Assigns request ids, and records a log line and metrics when an answer is complete. */
export function observe({ log, metrics, telemetry }: Services): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    const arrived = performance.now();
    const given = context.req.header("x-request-id");
    const requestId = given !== undefined && ACCEPTED_ID.test(given) ? given : randomUUID();
    context.set("requestId", requestId);
    context.header("x-request-id", requestId);
    const { method, path } = context.req;
    const endSpan = telemetry?.begin(method, path, context.req.raw.headers);
    await next();

    const route = context.res.status === 404 ? "other" : routePath(context, -1);
    const conclude = (results: readonly GenerateResult[] = [], failure?: FormworkError) => {
      const milliseconds = performance.now() - arrived;
      // A failed stream has already sent its 200; its outcome counts here.
      const status = failure?.status ?? context.res.status;
      metrics.observeRequest(route, status, milliseconds);
      for (const result of results) metrics.observeResult(result);
      endSpan?.({ route, status, request: context.get("request"), results, failure });
      const [first] = results;
      const level = status >= 500 ? "warn" : route === "/generate" || first ? "info" : "debug";
      log[level](
        {
          request_id: requestId,
          method,
          path,
          status,
          ms: Math.round(milliseconds * 10) / 10,
          ...(failure && loggedFailure(failure)),
          ...(first && {
            ...usageMembers(results),
            ...timingMembers(first),
            finish_reason: first.finishReason,
          }),
        },
        "request",
      );
    };
    const streamed = context.get("streamed");
    if (streamed === undefined) return conclude(context.get("results"), context.get("failure"));
    void streamed.then((outcome) =>
      "results" in outcome ? conclude(outcome.results) : conclude(undefined, outcome.error),
    );
  };
}

/** The members that a failed request adds to its log line. */
function loggedFailure(failure: FormworkError): Record<string, unknown> {
  const { code, error, pointer } = failure.toBody();
  return { code, error, pointer };
}
