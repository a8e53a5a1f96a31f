#!/usr/bin/env node
// Runs the scenarios of src/engine/remote/fixtures/scenarios.json against a real server and prints what came of each.
//
//   node scripts/remote/check-engine.mjs --engine vllm=http://127.0.0.1:8100 [--key KEY] [--record FILE --server NAME]
//
// Fails when a document is not valid. --record writes the exchanges with the server as a fixture for the tests.
// Needs a built project (npm run build).

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEngine, validateDocument } from "../../dist/engine/index.js";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    key: { type: "string" },
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
for (const scenario of scenarios) {
  exchanges = [];
  const engine = createEngine({ engine: values.engine, engineKey: scenario.key ?? values.key });
  const began = performance.now();
  const outcome = await outcomeOf(engine, scenario);
  await engine.close();
  if (outcome.valid === false) failures++;
  const shown = outcome.code ?? outcome.text;
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

async function outcomeOf(engine, { schema, prompt, maxTokens, incremental, model }) {
  const request = {
    id: "check",
    messages: [
      { role: "user", content: typeof prompt === "string" ? prompt : prompt.text.repeat(prompt.repeat) },
    ],
    schema,
    maxTokens,
    sampling,
    incremental,
    ...(model === undefined ? {} : { model }),
  };
  try {
    for await (const event of engine.generate(request)) {
      if (event.type !== "finish") continue;
      const { text, finishReason, attempts, usage } = event.result;
      return { text, finishReason, attempts, usage, valid: (await validateDocument(schema, text)).valid };
    }
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

/** Keeps every request of this process and its answer; the answer is handed on whole. */
function recordFetch() {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    // Where the server keeps its files is nobody's concern.
    const body = (await response.text()).replaceAll(/"root":\s*"[^"]*"/g, '"root":"/models/small"');
    exchanges.push({
      method: init?.method ?? "GET",
      path: new URL(input).pathname,
      status: response.status,
      type: response.headers.get("content-type"),
      body,
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
