import type { WarmupReport } from "../../engine/index.js";
import { FormworkError } from "../../errors.js";
import { failureOf } from "../failure.js";
import type { App, Services } from "../services.js";

/** `/health`, `/ready`, `/warmup`, `/metrics`. */
export function addStateRoutes(app: App, { engine, config, log, metrics, openRequests }: Services): void {
  app.get("/health", (context) => {
    const { state, model, modelLoaded, stage, progress, error } = engine.status();
    return context.json({
      status: "healthy",
      engine: state,
      model,
      model_loaded: modelLoaded,
      version: config.version,
      stage,
      progress,
      error,
    });
  });

  app.get("/ready", (context) => {
    const { state, model, error, retryAfterSeconds = 1 } = engine.status();
    if (openRequests.closing)
      throw new FormworkError("not_ready", "The server is shutting down.", { retryAfterSeconds: 5 });
    if (state === "ready") return context.json({ status: "ready", model });
    const reason = error === undefined ? "." : `: ${error}`;
    throw new FormworkError("not_ready", `The engine is ${state}${reason}`, { retryAfterSeconds });
  });

  app.get("/warmup", async (context) => {
    const { state, model } = engine.status();
    if (context.req.query("wait") === "false" && state !== "ready") {
      engine.warmup().catch((thrown) => {
        log.warn({ request_id: context.get("requestId"), err: failureOf(thrown) }, "the warm-up failed");
      });
      return context.json({ status: "warming", model }, 202);
    }
    const openRequest = openRequests.begin(context.req.raw.signal);
    try {
      return context.json(warm(await engine.warmup(openRequest.signal)));
    } catch (thrown) {
      throw failureOf(thrown, openRequest.signal);
    } finally {
      openRequest.end();
    }
  });

  app.get("/metrics", async (context) =>
    context.body(await metrics.render(), 200, { "content-type": metrics.contentType }),
  );
}

function warm(report: WarmupReport): Record<string, unknown> {
  return {
    status: "warm",
    model_loaded: true,
    model: report.model,
    ready_for_requests: true,
    load_ms: Math.round(report.loadMs),
    stages: report.stages,
  };
}
