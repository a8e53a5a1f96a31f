#!/usr/bin/env node
// Asks a real server for one document for each of many schemas, and counts what came of them.
//
//   node scripts/remote/sweep-schemas.mjs --engine vllm=http://127.0.0.1:8100 --cases cases.ndjson.gz [--key KEY]
//     [--every 100] [--from 0] [--max-tokens 200]
//
// The cases are MaskBench's, one JSON object a line with `name` and `schema`. Fails when a document is not valid.
// Needs a built project (npm run build).

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { createEngine, validateDocument } from "../../dist/engine/index.js";

const AT_ONCE = 8;
const SAMPLING = { temperature: 0.3, topP: 0.95, topK: 0, minP: 0, repetitionPenalty: 1, seed: 1 };

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    cases: { type: "string" },
    key: { type: "string" },
    every: { type: "string", default: "100" },
    from: { type: "string", default: "0" },
    "max-tokens": { type: "string", default: "200" },
  },
});
if (values.engine === undefined || values.cases === undefined) {
  console.error("usage: sweep-schemas.mjs --engine KIND=URL --cases FILE [--key KEY] [--every N] [--from N]");
  process.exit(2);
}

const lines = gunzipSync(readFileSync(values.cases)).toString("utf8").trim().split("\n");
const todo = [];
for (let line = Number(values.from); line < lines.length; line += Number(values.every)) todo.push(line);
const engine = createEngine({ engine: values.engine, engineKey: values.key });
const counts = {};

await Promise.all(Array.from({ length: AT_ONCE }, work));
const { requests, repairs, completionTokens } = engine.statistics();
await engine.close();
for (const [outcome, count] of Object.entries(counts).sort((one, other) => other[1] - one[1])) {
  console.log(`${String(count).padStart(5)}  ${outcome}`);
}
console.log(`${requests} requests, ${repairs} further tries, ${completionTokens} tokens`);
process.exit(counts.INVALID === undefined ? 0 : 1);

async function work() {
  for (let line = todo.pop(); line !== undefined; line = todo.pop()) {
    const { name, schema } = JSON.parse(lines[line]);
    const outcome = await outcomeOf(`line ${line + 1} ${name ?? ""}`, schema);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
}

async function outcomeOf(label, schema) {
  const request = {
    id: label,
    messages: [{ role: "user", content: "Write an example document." }],
    schema: JSON.stringify(schema),
    maxTokens: Number(values["max-tokens"]),
    sampling: SAMPLING,
    incremental: true,
  };
  try {
    let result;
    for await (const event of engine.generate(request)) if (event.type === "finish") result = event.result;
    if (!(await validateDocument(schema, result.text)).valid) return "INVALID";
    return `valid${result.finishReason === "length" ? ", closed at the budget" : ""}${result.attempts > 1 ? ", after a further try" : ""}`;
  } catch (error) {
    console.error(`${label}: ${error.code}: ${error.message}`);
    return error.code;
  }
}
