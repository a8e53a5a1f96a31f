import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HubServer {
  url: string;
  requests: IncomingMessage[];
  close(): Promise<void>;
}

/** A server on a free port that answers as `answer` does and remembers what it was asked. */
export async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HubServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Sends `file`, or the part that a Range header asks for, as a hub does. `cutAfter` breaks the connection. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: Buffer,
  options: { cutAfter?: number; announce?: string; ranges?: boolean } = {},
): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = range !== null && options.ranges !== false ? Number(range[1]) : 0;
  if (options.announce !== "") response.setHeader("x-linked-etag", `"${options.announce ?? sha256(file)}"`);
  if (from >= file.length) {
    response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
    return;
  }
  const part = file.subarray(from);
  response.setHeader("content-length", part.length);
  if (range !== null && options.ranges !== false) {
    response.writeHead(206, { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` });
  } else {
    response.writeHead(200);
  }
  if (options.cutAfter !== undefined && part.length > options.cutAfter) {
    response.write(part.subarray(0, options.cutAfter), () => setTimeout(() => response.destroy(), 50));
    return;
  }
  response.end(part);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
