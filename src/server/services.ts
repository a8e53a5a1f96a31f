import type { IncomingMessage, ServerResponse } from "node:http";
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

/** Dependencies of all routes. */
export interface Services {
  engine: Engine;
  config: ServerConfig;
  log: Log;
  metrics: Metrics;
  openRequests: OpenRequests;
  /** Set if a collector is configured. */
  telemetry: Telemetry | undefined;
}

/** Variables of a request in the routes. */
export interface AppEnvironment {
  /** Node's request and response, if the request came through a socket. */
  Bindings: { incoming?: IncomingMessage; outgoing?: ServerResponse };
  Variables: {
    requestId: string;
    /** For a request with a body: its share of the budget of all bodies. */
    body?: BodyShare;
    /** The engine request, when known; with several answers, the first. */
    request?: GenerateRequest;
    /** Set if the request failed. */
    failure?: FormworkError;
    /** Set if there were answers. */
    results?: readonly GenerateResult[];
    /** Set if the answer is a stream; settles at its end. */
    streamed?: Promise<StreamOutcome>;
  };
}

/** All routes as one Hono application: `app.fetch(request)` answers without a socket. */
export type App = Hono<AppEnvironment>;
