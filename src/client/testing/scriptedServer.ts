import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
  body: unknown;
  /** Resolves when the connection closes before the answer is complete. */
  left: Promise<void>;
}

export type Reply = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface ScriptedServer extends AsyncDisposable {
  url: string;
  seen: SeenRequest[];
  /** The requests to paths that start with `path`. */
  to(path: string): SeenRequest[];
}

/**
 * A real HTTP server on a free port with scripted answers: each route has a list of replies, taken in turn, the last one
 * again and again.
 */
export async function scriptedServer(routes: Record<string, Reply | Reply[]>): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const taken = new Map<string, number>();
  const server = createServer((message, response) => {
    void answer(message, response);
  });

  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const left = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) chunks.push(chunk);
    } catch {
      return;
    }
    const text = Buffer.concat(chunks).toString();
    const request: SeenRequest = {
      method: message.method ?? "",
      url: message.url ?? "",
      headers: message.headers,
      body: text === "" ? undefined : JSON.parse(text),
      left,
    };
    seen.push(request);
    const path = request.url.split("?")[0];
    const name = `${request.method} ${path}`;
    const route = routes[name];
    if (route === undefined) {
      json({ error: `No such route: ${path}`, status: 404, code: "not_found" }, 404)(request, response);
      return;
    }
    const replies = Array.isArray(route) ? route : [route];
    const turn = taken.get(name) ?? 0;
    taken.set(name, turn + 1);
    await replies[Math.min(turn, replies.length - 1)](request, response);
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    to: (path) => seen.filter((request) => request.url.startsWith(path)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Reply {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(body);
  };
}

/** A redirect to `location`, a path on the same server. */
export function redirect(location: string, status = 303): Reply {
  return (_request, response) => {
    response.writeHead(status, { location }).end();
  };
}

/** Never answers. */
export const silence: Reply = () => {};

/** Takes the request and breaks the connection. */
export const breakOff: Reply = (_request, response) => {
  response.destroy();
};

/** Server-sent events: text as it stands on the wire. `then` says what comes after. */
export function events(wire: readonly string[], then: "end" | "break" | "hang" = "end"): Reply {
  return async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of wire) {
      response.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (then === "end") response.end();
    else if (then === "break") response.destroy();
  };
}

/** One named event on the wire. */
export function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
