import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../bench/testing/browser.js";
import { answerWith, READY, streamOf, WARM } from "./testing/answers.js";
import { events, json, type Reply, redirect, scriptedServer, text } from "./testing/scriptedServer.js";

/** The client runs wherever there is `fetch`. */

const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const COMPILED = SOURCE.replace(/src[\\/]$/, "dist/");

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

test("imports nothing but itself, errors.ts and eventStream.ts", () => {
  const graph = importsOf(join(SOURCE, "client", "index.ts"));
  const outside = [...graph.values()].flat().filter((name) => !name.startsWith("."));
  expect(outside).toEqual([]);
  const files = [...graph.keys()].map((file) => relative(SOURCE, file));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !file.startsWith("client")).sort()).toEqual(["errors.ts", "eventStream.ts"]);
});

describe("in a real browser", () => {
  let launched: { browser: Browser; close(): Promise<void> };
  beforeAll(async () => {
    launched = await launchBrowser();
  });
  afterAll(() => launched?.close());

  const file: Reply = (request, response) => {
    const path = join(COMPILED, request.url.replace(/^\/dist\//, ""));
    if (!existsSync(path)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(path));
  };

  test("whole, streamed, redirected, refused, left", async () => {
    const modules = Object.fromEntries(
      [...importsOf(join(SOURCE, "client", "index.ts")).keys()].map((path) => [
        `GET /dist/${relative(SOURCE, path).replace(/\.ts$/, ".js")}`,
        file,
      ]),
    );
    await using server = await scriptedServer({
      ...modules,
      "GET /": text("<p>hello", 200, { "content-type": "text/html" }),
      "GET /health": json(READY),
      "GET /warmup": json(WARM),
      "POST /generate": [
        json(answerWith({ n: 1 })),
        events(streamOf(['{"n"', ":2}"])),
        redirect("/generate?__modal_function_call_id=fc-1"),
        json({ error: "No.", status: 400, code: "unsupported_schema", pointer: "/x" }, 400),
        events(streamOf(['{"n"', ":2}"]).slice(0, 2), "hang"),
      ],
      "GET /generate": json(answerWith({ n: 3 })),
    });
    const page = await launched.browser.newPage();
    await page.goto(server.url);
    const seen = await page.evaluate(`(async () => {
      const { createClient, waitUntilWarm, replay } = await import("/dist/client/index.js");
      const client = createClient({ baseUrl: location.origin, apiKey: "key" });
      const asked = { prompt: "a", schema: { type: "object" } };
      const seen = [(await waitUntilWarm(client)).model];
      seen.push((await client.generate(asked)).output);
      for await (const partial of client.stream(asked)) seen.push(partial);
      seen.push((await client.generate(asked)).output);
      seen.push(await client.generate(asked).catch(({ code, pointer }) => ({ code, pointer })));
      for await (const _ of client.stream(asked).text()) break;
      try { replay("file.jsonl"); } catch ({ code }) { seen.push(code); }
      return seen;
    })()`);
    expect(seen).toEqual([
      "scripted",
      { n: 1 },
      {},
      { n: 2 },
      { n: 3 },
      { code: "unsupported_schema", pointer: "/x" },
      "wrong_usage",
    ]);
    await server.to("/generate").at(-1)?.left;
    expect(server.to("/generate").map(({ method }) => method)).toEqual([
      "POST",
      "POST",
      "POST",
      "GET",
      "POST",
      "POST",
    ]);
    await page.close();
  });
});
