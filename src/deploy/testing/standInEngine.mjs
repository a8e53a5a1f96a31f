// An engine that costs nothing: node standInEngine.mjs PORT LOG. Writes a line to LOG for every request it gets.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, log] = process.argv.slice(2);
const behaviour = process.env.STAND_IN ?? "";
let looks = 0;

if (behaviour === "dies") {
  console.error("CUDA out of memory, says the stand-in");
  process.exit(3);
}

createServer(async (request, response) => {
  for await (const _ of request);
  const path = request.url.split("?")[0];
  if (path !== "/health") appendFileSync(log, `engine ${request.url}\n`);
  // Up at the third look, as an engine that loads first.
  const status = path === "/health" && ++looks < 3 ? 503 : 200;
  const content = behaviour === "ignores the schema" ? "Sure! Yes." : '{"ready": "yes"}';
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ choices: [{ message: { content } }] }));
  if (path === "/crash") process.exit(1);
  // Stopped as by a driver that hangs: the port takes connections, and nothing is answered.
  if (path === "/hang") process.kill(process.pid, "SIGSTOP");
}).listen(Number(port), "127.0.0.1");
