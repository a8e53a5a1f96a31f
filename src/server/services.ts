import type { Hono } from "hono";
import type { Engine, GenerateRequest, GenerateResult } from "../engine/index.js";
import type { FormworkError } from "../errors.js";
import type { BodyShare } from "./bodyBudget.js";
import type { ServerConfig } from "./config.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import type { OpenRequests } from "./openRequests.js";
import type { StreamOutcome } from "./run.js";
import type { Telemetry } from "./telemetry.js";

/** What every route works with. */
export interface Services {
  engine: Engine;
  config: ServerConfig;
  log: Log;
  metrics: Metrics;
  openRequests: OpenRequests;
  /** Where a collector is named. */
  telemetry: Telemetry | undefined;
}

/** What a request carries on its way through the routes. */
export interface AppEnvironment {
  /** Node's own response, where a socket is behind the request. */
  Bindings: { outgoing?: { setHeader(name: string, value: string): unknown } };
  Variables: {
    requestId: string;
    /** Of a request with a body: its part of what all bodies may take. */
    body?: BodyShare;
    /** What the engine is asked, once it is known; of several answers the first. */
    request?: GenerateRequest;
    /** Set where a request failed. */
    failure?: FormworkError;
    /** Set where answers were made. */
    results?: readonly GenerateResult[];
    /** Set where the answer is a stream: settles at its end. */
    streamed?: Promise<StreamOutcome>;
  };
}

/** All routes as one Hono application: `app.fetch(request)` answers without a socket. */
export type App = Hono<AppEnvironment>;
