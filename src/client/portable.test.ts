import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../bench/testing/browser.js";
import { answerWith, READY, streamOf, WARM } from "./testing/answers.js";
import {
  breakOff,
  events,
  json,
  type Reply,
  redirect,
  type ScriptedServer,
  scriptedServer,
  silence,
  text,
} from "./testing/scriptedServer.js";

/** The client runs wherever there is `fetch`. */

const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const COMPILED = SOURCE.replace(/src[\\/]$/, "dist/");
const PROGRAM = join(SOURCE, "client", "testing", "portableRun.mjs");
const PROGRAMS = join(SOURCE, "..", "node_modules", ".bin");

/** Every file that `file` brings in, by its own imports and theirs; types leave no trace. */
function importsOf(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen;
  const source = readFileSync(file, "utf8");
  const specifiers = [...source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm)].map(
    ([, name]) => name,
  );
  seen.set(file, specifiers);
  for (const name of specifiers) {
    if (name.startsWith(".")) importsOf(join(dirname(file), name.replace(/\.js$/, ".ts")), seen);
  }
  return seen;
}

test("imports nothing but itself, http, json and errors.ts", () => {
  const graph = importsOf(join(SOURCE, "client", "index.ts"));
  const outside = [...graph.values()].flat().filter((name) => !name.startsWith("."));
  expect(outside).toEqual([]);
  const files = [...graph.keys()].map((file) => relative(SOURCE, file));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !/^(client|http|json)/.test(file))).toEqual(["errors.ts"]);
});

const PIECES = ['{"n"', ":2}"];
const REPLIES: Record<string, Reply[]> = {
  whole: [json(answerWith({ n: 1 }))],
  stream: [events(streamOf(PIECES))],
  redirect: [redirect("/generate?__modal_function_call_id=fc-1")],
  unavailable: [
    json({ error: "Starting.", status: 503, code: "not_ready" }, 503),
    json(answerWith({ n: 4 })),
  ],
  refuse: [
    json({ error: "No.", status: 400, code: "unsupported_schema", pointer: "/x" }, 400, {
      "x-request-id": "request-5",
    }),
  ],
  break: [breakOff],
  "break stream": [events(streamOf(PIECES).slice(0, 2), "break")],
  "leave stream": [events(streamOf(PIECES).slice(0, 2), "hang")],
  leave: [silence],
  silence: [silence],
};

/** Answers the calls of `portableRun.mjs`. */
function serverFor(more: Record<string, Reply> = {}): Promise<ScriptedServer> {
  const turns = new Map<string, number>();
  return scriptedServer({
    ...more,
    "GET /health": json(READY),
    "GET /ready": json({ ready: true }),
    "GET /warmup": json(WARM),
    "POST /generate": async (request, response) => {
      const { prompt } = request.body as { prompt: string };
      const turn = turns.get(prompt) ?? 0;
      turns.set(prompt, turn + 1);
      const replies = REPLIES[prompt];
      await replies[Math.min(turn, replies.length - 1)](request, response);
    },
    "GET /generate": json(answerWith({ n: 3 })),
  });
}

const SEEN = {
  warm: ["scripted", true, { ready: true }],
  whole: { n: 1 },
  partials: [{}, { n: 2 }],
  redirected: { n: 3 },
  unavailable: { n: 4 },
  refused: {
    ...{ name: "ClientError", code: "unsupported_schema", status: 400, pointer: "/x" },
    ...{ requestId: "request-5", retryable: false },
  },
  broken: { name: "ClientError", code: "upstream_error", status: 502, retryable: true },
  brokenStream: { name: "ClientError", code: "upstream_error", status: 502, retryable: true },
  left: { name: "ClientError", code: "cancelled", status: 499, retryable: false },
  late: { name: "ClientError", code: "timeout", status: 504, retryable: true },
};

/** How often each prompt came; and that the server saw who left. */
async function timesAsked(server: ScriptedServer): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const { method, body, headers, left } of server.to("/generate")) {
    expect(headers.authorization).toBe("Bearer key");
    if (method !== "POST") continue;
    const { prompt } = body as { prompt: string };
    times[prompt] = (times[prompt] ?? 0) + 1;
    if (["leave stream", "leave", "silence"].includes(prompt)) await left;
  }
  return times;
}

const ONCE = Object.fromEntries(Object.entries(REPLIES).map(([prompt, { length }]) => [prompt, length]));

test.each<[string, string, string[]]>([
  ["Node", process.execPath, []],
  ["Deno", join(PROGRAMS, "deno"), ["run", "--quiet", "--no-config", "--allow-read", "--allow-net"]],
  ["Bun", join(PROGRAMS, "bun"), ["run"]],
])("in %s", async (_name, program, words) => {
  await using server = await serverFor();
  const nobody = await scriptedServer({});
  await nobody[Symbol.asyncDispose]();
  const module = pathToFileURL(join(COMPILED, "client", "index.js")).href;
  const { stdout } = await promisify(execFile)(program, [...words, PROGRAM, module, server.url, nobody.url]);
  expect(JSON.parse(stdout)).toEqual({ ...SEEN, nobody: { code: "engine_unavailable", retryable: true } });
  expect(await timesAsked(server)).toEqual(ONCE);
});

describe("in a real browser", () => {
  let launched: { browser: Browser; close(): Promise<void> };
  beforeAll(async () => {
    launched = await launchBrowser();
  });
  afterAll(() => launched?.close());

  const file: Reply = (request, response) => {
    const path = request.url === "/run.mjs" ? PROGRAM : join(COMPILED, request.url.replace(/^\/dist\//, ""));
    if (!existsSync(path)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(path));
  };

  test("the same, and no files", async () => {
    const modules = Object.fromEntries(
      [...importsOf(join(SOURCE, "client", "index.ts")).keys()].map((path) => [
        `GET /dist/${relative(SOURCE, path).replace(/\.ts$/, ".js")}`,
        file,
      ]),
    );
    await using server = await serverFor({
      ...modules,
      "GET /run.mjs": file,
      "GET /": text("<p>hello", 200, { "content-type": "text/html" }),
    });
    const page = await launched.browser.newPage();
    await page.goto(server.url);
    const seen = await page.evaluate(`(async () => {
      const client = await import("/dist/client/index.js");
      const { run } = await import("/run.mjs");
      let files;
      try { client.replay("file.jsonl"); } catch ({ code }) { files = code; }
      return { ...await run(client, location.origin), files };
    })()`);
    expect(seen).toEqual({ ...SEEN, files: "wrong_usage" });
    // Where a connection that it kept breaks before an answer, a browser sends the request again by itself, once for each
    // connection it has. No script can keep it from that over HTTP/1.1.
    expect({ ...(await timesAsked(server)), break: 1 }).toEqual(ONCE);
    await page.close();
  });
});
