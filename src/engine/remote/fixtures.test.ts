import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Reply, scriptedServer } from "../../client/testing/scriptedServer.js";
import type { JsonSchema, SamplingSettings, Tool } from "../../types.js";
import type { OutputFormat, ToolSettings } from "../engine.js";
import { validateDocument } from "../validate/index.js";
import { createRemoteEngine } from "./index.js";
import { collect, requestFor } from "./testing/wire.js";

/** Exchanges with real servers, answered again by a local one. `scripts/remote/check-engine.mjs` records them. */

interface Scenario {
  name: string;
  prompt: string | { text: string; repeat: number };
  schema?: JsonSchema;
  maxTokens: number;
  incremental?: boolean;
  model?: string;
  format?: OutputFormat;
  tools?: Omit<ToolSettings, "tools"> & { tools: (Omit<Tool, "parameters"> & { parameters: JsonSchema })[] };
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

function settingsOf({ tools, ...settings }: NonNullable<Scenario["tools"]>): ToolSettings {
  const described = tools.map((tool) => ({ ...tool, parameters: JSON.stringify(tool.parameters) }));
  return { ...settings, tools: described };
}

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

describe.each(["vllm", "sglang", "vllm-plugin", "sglang-plugin"])("%s", (name) => {
  const fixture = read<Fixture>(name);
  test.each(fixture.scenarios)("$name", async ({ name: title, exchanges, outcome }) => {
    const scenario = scenarios.find((one) => one.name === title);
    if (scenario === undefined) throw new Error(`no scenario is called ${title}`);
    await using server = await scriptedServer(routesOf(exchanges));
    const engine = createRemoteEngine(`${fixture.kind}=${server.url}`);
    const { prompt, schema = true, maxTokens, incremental = false, model, format, tools } = scenario;
    const content = typeof prompt === "string" ? prompt : prompt.text.repeat(prompt.repeat);
    const messages = [{ role: "user", content }] as const;
    const request = requestFor(schema, {
      messages,
      maxTokens,
      sampling,
      incremental,
      ...(model ? { model } : {}),
      ...(format === undefined ? {} : { format }),
      ...(tools === undefined ? {} : { tools: settingsOf(tools) }),
    });
    const seen = await collect(engine.generate(request)).catch((error: { code: string }) => error);
    await engine.close();
    if ("code" in seen) {
      expect(seen.code).toBe(outcome.code);
    } else {
      const { text, finishReason, attempts, usage, toolCalls } = seen.result;
      const calls = toolCalls?.map((call) => ({ name: call.name, arguments: call.arguments }));
      expect({ text, finishReason, attempts, usage, ...(calls && { calls }) }).toEqual(outcome);
      if (format === undefined) expect(await validateDocument(schema, text)).toMatchObject({ valid: true });
      for (const call of calls ?? []) {
        const { parameters } = tools!.tools.find(({ name }) => name === call.name)!;
        expect(await validateDocument(parameters, call.arguments)).toMatchObject({ valid: true });
      }
      if (name.endsWith("-plugin")) expect(attempts).toBe(1);
      expect(seen.deltas.join("")).toBe(text);
    }
    // Whether the server is ready, and has the plug-in, is asked of those that were not recorded with it, too.
    const expected = (calls: string[]) => calls.filter((one) => !/^GET \/(health|server_info)$/.test(one));
    const asked = server.seen.map(({ method, url }) => `${method} ${url}`);
    const recorded = exchanges.map(({ method, path }) => `${method} ${path}`);
    expect(expected(asked)).toEqual(expected(recorded));
  });
});
