import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FormworkError, toFormworkError } from "../../../errors.js";
import type { Container } from "./container.js";

/** Listens for steps on 127.0.0.1. Resolves with the port. */
export async function listenForSteps(
  container: Container,
  port: number,
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => void answer(container, request, response));
  // A boot takes as long as the engine needs, so the HTTP server must have no time limit.
  server.requestTimeout = 0;
  server.timeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function answer(
  container: Container,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let status = 200;
  let body: unknown;
  try {
    await takeStep(container, request.method ?? "", request.url ?? "");
    body = container.report();
  } catch (thrown) {
    const error = toFormworkError(thrown);
    status = error.status;
    body = error.toBody();
  }
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}

async function takeStep(container: Container, method: string, path: string): Promise<void> {
  switch (`${method} ${path}`) {
    case "GET /state":
      return;
    case "POST /boot":
      return container.boot();
    case "POST /open":
      return container.open();
    case "POST /drain":
      return container.drain();
    default:
      throw new FormworkError("not_found", "The steps are POST /boot, /open, /drain and GET /state.");
  }
}
