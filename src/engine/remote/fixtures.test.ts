import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Reply, scriptedServer } from "../../client/testing/scriptedServer.js";
import type { JsonSchema, SamplingSettings } from "../../types.js";
import { validateDocument } from "../validate/index.js";
import { createRemoteEngine } from "./index.js";
import { collect, requestFor } from "./testing/wire.js";

/** Exchanges with real servers, answered again by a local one. `scripts/remote/check-engine.mjs` records them. */

interface Scenario {
  name: string;
  prompt: string | { text: string; repeat: number };
  schema: JsonSchema;
  maxTokens: number;
  incremental?: boolean;
  model?: string;
}

interface Exchange {
  method: string;
  path: string;
  status: number;
  type: string | null;
  body: string;
}

interface Fixture {
  kind: string;
  origin: string;
  scenarios: { name: string; exchanges: Exchange[]; outcome: Record<string, unknown> }[];
}

function read<Value>(name: string): Value {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
}

const { sampling, scenarios } = read<{ sampling: SamplingSettings; scenarios: Scenario[] }>("scenarios");

/** What the server answered, in order, by method and path. */
function routesOf(exchanges: readonly Exchange[]): Record<string, Reply[]> {
  const routes: Record<string, Reply[]> = {};
  for (const { method, path, status, type, body } of exchanges) {
    const replies = (routes[`${method} ${path}`] ??= []);
    replies.push((_request, response) => {
      response.writeHead(status, type === null ? {} : { "content-type": type }).end(body);
    });
  }
  return routes;
}

describe.each(["vllm", "sglang"])("%s", (name) => {
  const fixture = read<Fixture>(name);
  test.each(fixture.scenarios)("$name", async ({ name: title, exchanges, outcome }) => {
    const scenario = scenarios.find((one) => one.name === title);
    if (scenario === undefined) throw new Error(`no scenario is called ${title}`);
    await using server = await scriptedServer(routesOf(exchanges));
    const engine = createRemoteEngine(`${fixture.kind}=${server.url}`);
    const { prompt, schema, maxTokens, incremental = false, model } = scenario;
    const content = typeof prompt === "string" ? prompt : prompt.text.repeat(prompt.repeat);
    const messages = [{ role: "user", content }] as const;
    const request = requestFor(schema, {
      messages,
      maxTokens,
      sampling,
      incremental,
      ...(model ? { model } : {}),
    });
    const seen = await collect(engine.generate(request)).catch((error: { code: string }) => error);
    await engine.close();
    if ("code" in seen) {
      expect(seen.code).toBe(outcome.code);
    } else {
      const { text, finishReason, attempts, usage } = seen.result;
      expect({ text, finishReason, attempts, usage }).toEqual(outcome);
      expect(await validateDocument(schema, text)).toMatchObject({ valid: true });
      expect(seen.deltas.join("")).toBe(text);
    }
    // Whether the server is ready, and has the plug-in, is asked of those that were not recorded with it, too.
    const expected = (calls: string[]) => calls.filter((one) => !/^GET \/(health|server_info)$/.test(one));
    const asked = server.seen.map(({ method, url }) => `${method} ${url}`);
    const recorded = exchanges.map(({ method, path }) => `${method} ${path}`);
    expect(expected(asked)).toEqual(expected(recorded));
  });
});
