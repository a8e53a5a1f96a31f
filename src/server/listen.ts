import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Engine } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { createApp } from "./app.js";
import { type ServerConfig, serverConfig } from "./config.js";
import { Flights } from "./flights.js";
import { createLog, type Log } from "./log.js";

export interface StartServerOptions {
  engine: Engine;
  /** Default 127.0.0.1: this machine only. */
  host?: string;
  /** 0 takes a free one. Default 8080. */
  port?: number;
  config?: Partial<ServerConfig>;
  log?: Log;
}

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8080`. */
  url: string;
  port: number;
  /**
   * Takes no more connections, lets running requests finish for `drainMs`, cancels the rest and closes
   * the engine. Resolves when all of it is over; calling it again waits for the same end.
   */
  close(): Promise<void>;
}

/** How long a request may take to arrive in whole, and how long a quiet connection stays open. */
const ARRIVAL_MS = 60_000;
const KEEP_ALIVE_MS = 65_000;

/** Serves `engine` over HTTP. Throws `wrong_usage` where the address cannot be had. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { engine, host = "127.0.0.1", port = 8080, log = createLog() } = options;
  const config = serverConfig(options.config);
  const flights = new Flights();
  const app = createApp({ engine, config, log, flights });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { requestTimeout: ARRIVAL_MS, keepAliveTimeout: KEEP_ALIVE_MS },
  }) as Server;
  await listen(server, host, port);

  const address = server.address() as AddressInfo;
  const url = `http://${urlHost(host)}:${address.port}`;
  log.info({ url, engine: engine.kind, model: engine.status().model }, "listening");

  let closed: Promise<void> | undefined;
  const close = async () => {
    log.info({ in_flight: flights.count }, "shutting down");
    const noConnections = new Promise((resolve) => server.close(resolve));
    await flights.drain(config.drainMs);
    // Answers whose request has landed are still on their way out; what is left after that is idle.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
    server.closeIdleConnections();
    await noConnections;
    await engine.close();
    log.info({}, "closed");
  };
  return {
    url,
    port: address.port,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
    server.listen(port, host, resolve);
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): FormworkError {
  const place = `${urlHost(host)}:${port}`;
  const reasons: Record<string, string> = {
    EADDRINUSE: `${place} is in use. Choose another --port; 0 takes a free one.`,
    EACCES: `This user may not listen on ${place}. Choose a --port above 1023.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Choose another --host.`,
    ENOTFOUND: `The host ${host} is not known. Choose another --host.`,
  };
  const message = reasons[cause.code ?? ""] ?? `Cannot listen on ${place}: ${cause.message}`;
  return new FormworkError("wrong_usage", message, { cause });
}

/** `host` as a URL spells it; the addresses that mean "all" become one that can be opened. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
