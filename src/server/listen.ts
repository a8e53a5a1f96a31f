import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Engine } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { nextTurn } from "../system/index.js";
import { createApp } from "./app.js";
import { dropRest, isLarge } from "./body.js";
import { checkExposure, type ServerConfig, serverConfig } from "./config.js";
import { createLog, type Log } from "./log.js";
import { OpenRequests } from "./openRequests.js";
import { knownHosts } from "./origin.js";
import { openTelemetry } from "./telemetry.js";

/** Options of `startServer`. */
export interface StartServerOptions {
  /** The engine; closed with the server. */
  engine: Engine;
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Port to listen on; 0 for any free one. Default 8080. */
  port?: number;
  /** Overrides of the default configuration. */
  config?: Partial<ServerConfig>;
  /** Default: JSON lines on stderr. */
  log?: Log;
}

/** A listening server. */
export interface RunningServer {
  /** Its URL: `http://127.0.0.1:8080`. */
  url: string;
  /** Its port. */
  port: number;
  /**
   * Stops accepting connections, lets running requests finish for `drainMs`, cancels the rest and closes the engine. Resolves when this
   * is done; further calls wait for the same.
   */
  close(): Promise<void>;
}

/** Maximum time for receiving a request, and keep-alive time of idle connections. */
const ARRIVAL_MS = 60_000;
const KEEP_ALIVE_MS = 65_000;

/** Serves `engine` over HTTP. Throws `wrong_usage` if the address is not available. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { engine, host = "127.0.0.1", port = 8080, log = createLog() } = options;
  const config = serverConfig(options.config);
  checkExposure(config, host);
  const openRequests = new OpenRequests();
  const telemetry = await openTelemetry(process.env);
  const hosts = knownHosts(host, config.allowedHosts, config.apiKeys.length > 0);
  const server = httpServer(createApp({ engine, config, log, openRequests, hosts, telemetry }).fetch);
  await listen(server, host, port);

  const address = server.address() as AddressInfo;
  const url = `http://${urlHost(host)}:${address.port}`;
  log.info({ url, engine: engine.kind, model: engine.status().model }, "listening");

  let closed: Promise<void> | undefined;
  const close = async () => {
    log.info({ in_flight: openRequests.count }, "shutting down");
    const noConnections = new Promise((resolve) => server.close(resolve));
    await openRequests.drain(config.drainMs);
    // Answers of finished requests may still be in transit; connections left after that are idle.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
    server.closeIdleConnections();
    await noConnections;
    await engine.close();
    await telemetry?.close();
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

/** The server as a `fetch` function, without a socket. */
function httpServer(fetch: Parameters<typeof getRequestListener>[0]): Server {
  // Unread bodies are dropped here, in turns.
  const answer = getRequestListener(fetch, { hostname: "localhost", autoCleanupIncoming: false });
  const server = createServer({ requestTimeout: ARRIVAL_MS, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on("request", (incoming, outgoing) => {
    probeHalfClosed(incoming, outgoing);
    if (isLarge(incoming)) void answerInTurn(incoming, outgoing, answer);
    else void answer(incoming, outgoing);
  });
  // Node would drop a request, and its answer, if the client has half-closed the connection.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  return server;
}

/** Answers a request with a large body: many that arrive together begin one by one, and none of them keeps others waiting. */
async function answerInTurn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown,
): Promise<void> {
  // Before Node's own listener, which would receive the rest at once.
  outgoing.prependOnceListener("finish", () => void dropRest(incoming));
  await nextTurn();
  if (!outgoing.destroyed) await answer(incoming, outgoing);
}

/** Initial and maximum pause between probes of a half-closed connection in milliseconds; doubled after each probe. */
const FIRST_PROBE_MS = 20;
const LONGEST_PROBE_MS = 20_000;

/** Text without meaning that may be inserted into a stream, by content type. */
const FILLERS: readonly (readonly [type: string, filler: string])[] = [
  ["text/event-stream", ":\n\n"],
  ["application/x-ndjson", "\n"],
];

/**
 * A client that has half-closed its connection may still want the answer, or may have disconnected; both look the same. To find out,
 * something is written: interim responses before the answer starts, fillers within a stream. The system of a disconnected client
 * replies to the first one with a reset, and the next write fails.
 */
function probeHalfClosed(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = incoming;
  let timer: NodeJS.Timeout | undefined;
  const probe = (pause: number) => {
    if (!writeProbe(incoming, outgoing)) return;
    timer = setTimeout(() => probe(Math.min(pause * 2, LONGEST_PROBE_MS)), pause).unref();
  };
  const begin = () => probe(FIRST_PROBE_MS);
  socket.once("end", begin);
  outgoing.once("close", () => {
    socket.off("end", begin);
    clearTimeout(timer);
  });
}

/** Returns false if nothing can be written without becoming part of the answer. */
function writeProbe(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  if (outgoing.writableEnded) return false;
  if (!outgoing.headersSent) {
    if (incoming.httpVersionMinor === 0) return false;
    outgoing.writeContinue();
    return true;
  }
  const type = String(outgoing.getHeader("content-type") ?? "");
  const filler = FILLERS.find(([known]) => type.startsWith(known))?.[1];
  if (filler !== undefined) outgoing.write(filler);
  return filler !== undefined;
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
    EADDRNOTAVAIL: `${host} is not an address of this machine. Choose another --host.`,
    ENOTFOUND: `The host ${host} is not known. Choose another --host.`,
  };
  const message = reasons[cause.code ?? ""] ?? `Cannot listen on ${place}: ${cause.message}`;
  return new FormworkError("wrong_usage", message, { cause });
}

/** `host` in URL syntax; addresses that mean "all interfaces" become one that can be opened. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
