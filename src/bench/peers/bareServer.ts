import { performance } from "node:perf_hooks";
import type { Client } from "../../client/index.js";
import { BENCH_SCHEMAS } from "../schemas/index.js";
import { LineProcess } from "./lineProcess.js";

/** The time of a short answer, because an idle process wakes more slowly than a busy one. */
const ANSWER_MS = 100;
const EXCHANGES = 30;

/** Node's HTTP server in a separate process: parses a request's JSON and always sends the same answer. */
const PROGRAM = `
const { createServer } = require("node:http");
const answer = {
  output: { name: "Anna", occupations: ["engineer"], text: "x".repeat(300) }, tokens_used: 100, finish_reason: "stop",
  usage: { prompt_tokens: 300, cached_tokens: 300, completion_tokens: 100, forced_tokens: 30 },
  timings: { queue_ms: 0, compile_ms: 0, prefill_ms: 0, first_token_ms: 0, decode_ms: 0 },
  model: "none", request_id: "none", status: "healthy", engine: "ready", model_loaded: true, version: "0",
};
const server = createServer((request, response) => {
  const began = performance.now();
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const took = () => Math.round((performance.now() - began) * 1000) / 1000;
    const finish = () => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...answer, generation_time_ms: took() }));
    };
    setTimeout(finish, request.method === "POST" ? ${ANSWER_MS} : 0);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
`;

/**
 * Milliseconds of overhead of several exchanges with a bare server, `streams` at a time: the part of the client, the sockets and Node in
 * any server's overhead on this machine. `open` creates the measured client for a URL.
 */
export async function bareExchanges(
  open: (url: string) => Promise<Client>,
  streams = 1,
  signal?: AbortSignal,
): Promise<number[]> {
  const server = new LineProcess("the bare server", process.execPath, ["-e", PROGRAM], process.cwd());
  try {
    const client = await open(`http://127.0.0.1:${await server.next()}`);
    const found: number[] = [];
    const exchange = async () => {
      for (let i = 0; i < EXCHANGES; i++) {
        const { prompt, schema, maxTokens } = BENCH_SCHEMAS[i % BENCH_SCHEMAS.length];
        const began = performance.now();
        const { generationTimeMs } = await client.generate({ prompt, schema, maxTokens, signal });
        found.push(performance.now() - began - generationTimeMs);
      }
    };
    await Promise.all(Array.from({ length: streams }, exchange));
    return found;
  } finally {
    await server.close();
  }
}
