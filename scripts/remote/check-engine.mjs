#!/usr/bin/env node
// Runs the scenarios of src/engine/remote/fixtures/scenarios.json against a real server and prints what came of each.
//
//   node scripts/remote/check-engine.mjs --engine vllm=http://127.0.0.1:8100 [--key KEY] [--only PART]
//     [--record FILE --server NAME]
//
// Fails when a document, or the arguments of a call, are not valid. --only: the scenarios whose name has PART. --record writes the exchanges with the server as a fixture for the tests.
// Needs a built project (npm run build).

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEngine, validateDocument } from "../../dist/engine/index.js";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    key: { type: "string" },
    only: { type: "string", default: "" },
    record: { type: "string" },
    server: { type: "string", default: "a server" },
  },
});
if (values.engine === undefined) {
  console.error("usage: check-engine.mjs --engine KIND=URL [--key KEY] [--record FILE --server NAME]");
  process.exit(2);
}

const file = new URL("../../src/engine/remote/fixtures/scenarios.json", import.meta.url);
const { sampling, scenarios } = JSON.parse(readFileSync(file, "utf8"));
let exchanges = [];
if (values.record !== undefined) recordFetch();

const recorded = [];
let failures = 0;
for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
  exchanges = [];
  const engine = createEngine({ engine: values.engine, engineKey: scenario.key ?? values.key });
  const began = performance.now();
  const outcome = await outcomeOf(engine, scenario);
  await engine.close();
  if (outcome.valid === false || outcome.code === "internal") failures++;
  const shown = outcome.code ?? outcome.text + JSON.stringify(outcome.calls ?? "");
  console.log(
    [
      scenario.name.padEnd(32),
      `${Math.round(performance.now() - began)} ms`.padStart(9),
      shown.replaceAll("\n", "").slice(0, 90),
    ].join("  "),
  );
  delete outcome.valid;
  recorded.push({ name: scenario.name, exchanges, outcome });
}
if (values.record !== undefined) {
  const kind = values.engine.slice(0, values.engine.indexOf("="));
  const day = new Date().toISOString().slice(0, 10);
  const fixture = { kind, origin: `recorded from ${values.server} on ${day}`, scenarios: recorded };
  writeFileSync(values.record, `${JSON.stringify(fixture, null, 1)}\n`);
}
console.log(failures === 0 ? "every document is valid" : `${failures} invalid documents`);
process.exit(failures === 0 ? 0 : 1);

async function outcomeOf(engine, { schema = true, prompt, maxTokens, incremental, model, format, tools }) {
  const request = {
    id: "check",
    messages: [
      { role: "user", content: typeof prompt === "string" ? prompt : prompt.text.repeat(prompt.repeat) },
    ],
    schema: JSON.stringify(schema),
    maxTokens,
    sampling,
    incremental,
    ...(model === undefined ? {} : { model }),
    ...(format === undefined ? {} : { format }),
    ...(tools === undefined ? {} : { tools: settingsOf(tools) }),
  };
  try {
    for await (const event of engine.generate(request)) {
      if (event.type !== "finish") continue;
      const { text, finishReason, attempts, usage, toolCalls } = event.result;
      const calls = toolCalls?.map((call) => ({ name: call.name, arguments: call.arguments }));
      return {
        ...{ text, finishReason, attempts, usage },
        ...(calls === undefined ? {} : { calls }),
        valid: await isValid({ schema, format, tools }, text, calls),
      };
    }
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

/** A scenario's tools as a request has them: schemas are texts. */
function settingsOf({ tools, ...settings }) {
  const described = tools.map((tool) => ({ ...tool, parameters: JSON.stringify(tool.parameters) }));
  return { ...settings, tools: described };
}

async function isValid({ schema, format, tools }, text, calls) {
  for (const call of calls ?? []) {
    const { parameters } = tools.tools.find(({ name }) => name === call.name);
    if (!(await validateDocument(parameters, call.arguments)).valid) return false;
  }
  return calls !== undefined || format !== undefined || (await validateDocument(schema, text)).valid;
}

/** Keeps every request of this process and its answer; the answer is handed on whole. */
function recordFetch() {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const path = new URL(input).pathname;
    const body = shownBody(path, await response.text());
    exchanges.push({
      method: init?.method ?? "GET",
      path,
      status: response.status,
      type: response.headers.get("content-type"),
      body,
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

/** What a fixture keeps of a body: nothing of the machine's folders, and of a server's settings the one that is read. */
function shownBody(path, body) {
  if (path === "/server_info") return JSON.stringify({ grammar_backend: JSON.parse(body).grammar_backend });
  return body.replaceAll(/"root":\s*"[^"]*"/g, '"root":"/models/small"');
}
