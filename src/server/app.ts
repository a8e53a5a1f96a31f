import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Engine } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { admit } from "./admission.js";
import { requireKey } from "./auth.js";
import { BodyBudget } from "./bodyBudget.js";
import type { ServerConfig } from "./config.js";
import { failureOf } from "./failure.js";
import type { Log } from "./log.js";
import { Metrics } from "./metrics.js";
import { observe } from "./observe.js";
import { OpenRequests } from "./openRequests.js";
import { guardOrigin, type OriginRules } from "./origin.js";
import { meantPath, requestPath } from "./paths.js";
import { addPageRoutes } from "./routes/page.js";
import { addStateRoutes } from "./routes/state.js";
import type { App, AppEnvironment, Services } from "./services.js";
import { failureResponse } from "./surfaces/failure.js";
import { addSurfaces } from "./surfaces/index.js";
import type { Telemetry } from "./telemetry.js";

/** The server without a socket: `app.request(...)` answers like a listening server. */
export function createApp(parts: {
  engine: Engine;
  config: ServerConfig;
  log: Log;
  openRequests?: OpenRequests;
  telemetry?: Telemetry | undefined;
  /** Permitted host names of requests; undefined: any. */
  hosts?: OriginRules["hosts"];
}): App {
  const openRequests = parts.openRequests ?? new OpenRequests();
  const services: Services = {
    ...parts,
    openRequests,
    telemetry: parts.telemetry,
    metrics: new Metrics(
      parts.engine,
      () => openRequests.count,
      () => parts.log.dropped ?? 0,
    ),
  };
  const app: App = new Hono<AppEnvironment>({ getPath: requestPath });

  app.use(observe(services));
  if (services.config.corsOrigins.length > 0) app.use(crossOrigin(services.config.corsOrigins));
  app.use(guardOrigin({ corsOrigins: services.config.corsOrigins, hosts: parts.hosts }));
  app.use(requireKey(services.config.apiKeys));
  app.use(admit(new BodyBudget(services.config.bodies), services.engine));

  addSurfaces(app, services);
  addStateRoutes(app, services);
  addPageRoutes(app, services);

  refuseOtherMethods(app);
  app.notFound((context) => fail(context, unknownPath(context.req.path, app)));
  app.onError((thrown, context) => fail(context, thrown));
  return app;

  function fail(context: Context<AppEnvironment>, thrown: unknown): Response {
    const error = failureOf(thrown);
    context.set("failure", error);
    if (error.code === "internal") {
      services.log.error({ request_id: context.get("requestId"), err: thrown }, "a request hit a bug");
    }
    return failureResponse(context, error);
  }
}

/** Answers 405 with `Allow` if the path exists but not with this method. */
function refuseOtherMethods(app: App): void {
  const methodsOf = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const methods = methodsOf.get(path) ?? new Set();
    methodsOf.set(path, methods.add(method));
    if (method === "GET") methods.add("HEAD");
  }
  for (const [path, methods] of methodsOf) {
    const allowed = [...methods].sort().join(", ");
    app.all(path, (context) => {
      context.header("allow", allowed);
      const { method } = context.req;
      throw new FormworkError("method_not_allowed", `${method} is not possible here; use ${allowed}.`);
    });
  }
}

function unknownPath(path: string, { routes }: App): FormworkError {
  const meant = meantPath(
    path,
    routes.filter(({ method }) => method !== "ALL"),
  );
  const advice =
    meant === undefined
      ? "this server writes text and JSON only, on the routes in /openapi.json"
      : `use ${meant}`;
  return new FormworkError("not_found", `There is nothing at ${path}; ${advice}.`);
}

function crossOrigin(origins: readonly string[]) {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "POST"],
    exposeHeaders: ["x-request-id", "x-formwork-ignored", "x-should-retry", "retry-after"],
  });
}
