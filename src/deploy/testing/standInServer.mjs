// Stands for `formwork serve`: node standInServer.mjs PORT LOG. GET /slow takes half a second; GET /crash ends it; SIGTERM drains.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, log] = process.argv.slice(2);
appendFileSync(log, "server starts\n");
const server = createServer((request, response) => {
  const answer = () => {
    response.writeHead(200, { "content-type": "application/json", connection: "close" });
    const choices = [{ message: { content: '{"ready": "yes"}' } }];
    response.end(JSON.stringify({ status: "warm", engine: "ready", model: "stand-in", load_ms: 1, choices }));
    if (request.method === "POST") appendFileSync(log, `server ${request.url}\n`);
    if (request.url === "/slow") appendFileSync(log, "server answered the slow request\n");
  };
  if (request.url === "/crash") process.exit(1);
  if (request.url !== "/slow") return answer();
  appendFileSync(log, "server got the slow request\n");
  setTimeout(answer, 500);
}).listen(Number(port), "127.0.0.1");
process.once("SIGTERM", () => {
  appendFileSync(log, "server drains\n");
  server.close(() => appendFileSync(log, "server ends\n"));
});
