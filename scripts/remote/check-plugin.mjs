#!/usr/bin/env node
// Asks an engine with the plug-in, and in turns one without it, for documents of hard schemas, as any client would: one
// plain request each, nothing in front, no second try. Counts what is valid.
//
//   node scripts/remote/check-plugin.mjs --engine http://127.0.0.1:8100 [--peer http://127.0.0.1:8101]
//        [--cases ../shared/maskbench --schemas 300 --seed 1] [--faults ../shared/cases/faults.ndjson]
//        [--streams 8] [--out FILE]
//
// Fails when a document of --engine is not valid. Needs a built project (npm run build); the engines are started by
// vllm-on-cpu.mjs and sglang-on-cpu.mjs, with --plugin and without.

import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { validateDocument } from "../../dist/engine/index.js";
import { parseJson, RawJson, writeJson } from "../../dist/json/index.js";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    peer: { type: "string" },
    model: { type: "string", default: "smollm2" },
    cases: { type: "string" },
    schemas: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    faults: { type: "string" },
    streams: { type: "string", default: "8" },
    out: { type: "string" },
  },
});
if (values.engine === undefined) {
  console.error("usage: check-plugin.mjs --engine URL [--peer URL] [--cases DIR] [--faults FILE]");
  process.exit(2);
}

/** Keywords that constraint backends often skip or refuse. */
const HARD = {
  not: { not: { type: "string" } },
  "allOf of two objects": {
    allOf: [
      { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
      { type: "object", properties: { b: { type: "boolean" } }, required: ["b"] },
    ],
  },
  multipleOf: {
    type: "object",
    properties: { n: { type: "integer", multipleOf: 7, minimum: 10 } },
    required: ["n"],
    additionalProperties: false,
  },
  uniqueItems: { type: "array", items: { enum: ["a", "b", "c", "d"] }, uniqueItems: true, minItems: 4 },
  minProperties: {
    type: "object",
    minProperties: 2,
    maxProperties: 3,
    additionalProperties: { type: "integer" },
  },
  patternProperties: {
    type: "object",
    patternProperties: { "^x_[a-z]{2}$": { type: "integer" } },
    additionalProperties: false,
    minProperties: 1,
  },
  "if/then/else": {
    type: "object",
    properties: { kind: { enum: ["circle", "square"] }, r: { type: "number" }, s: { type: "number" } },
    required: ["kind"],
    additionalProperties: false,
    if: { properties: { kind: { const: "circle" } } },
    then: { required: ["r"], properties: { s: false } },
    else: { required: ["s"], properties: { r: false } },
  },
  oneOf: {
    oneOf: [
      { type: "integer", multipleOf: 3 },
      { type: "integer", multipleOf: 5 },
    ],
  },
  contains: {
    type: "array",
    items: { type: "integer", minimum: 0, maximum: 9 },
    contains: { const: 5 },
    minItems: 3,
    maxItems: 6,
  },
  "not required": {
    type: "object",
    properties: { a: { type: "integer" }, b: { type: "integer" } },
    additionalProperties: false,
    not: { required: ["a", "b"] },
    minProperties: 1,
  },
};

const STORY = {
  type: "object",
  properties: {
    title: { type: "string" },
    story: { type: "string", minLength: 20 },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["title", "story", "tags"],
  additionalProperties: false,
};

const jobs = [...hardJobs(), ...budgetJobs(), ...faultJobs(), ...(await maskBenchJobs())];
const sides = values.peer === undefined ? ["engine"] : ["engine", "peer"];
const results = [];
let next = 0;
// What has come so far, where there is no time for the rest.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, report);
await Promise.all(
  Array.from({ length: Number(values.streams) }, async () => {
    while (next < jobs.length) {
      const job = jobs[next++];
      const result = { group: job.group, name: job.name };
      for (const side of sides) result[side] = await outcomeOf(values[side], job);
      results.push(result);
      if (results.length % 50 === 0) console.error(`${results.length} of ${jobs.length}`);
    }
  }),
);
report();

function hardJobs() {
  return Object.entries(HARD).flatMap(([name, schema]) => {
    const schemaText = JSON.stringify(schema);
    return [1, 2, 3, 4].map((seed) => ({ group: "ten hard schemas", name, schemaText, seed, budget: 100 }));
  });
}

/** From the least number of tokens on; the answer to a smaller one names it. */
function budgetJobs() {
  return [1, 16, 18, 20, 24, 28, 32, 40, 50, 60, 80, 100].map((budget) => ({
    group: "budgets",
    name: `${budget} tokens`,
    schemaText: JSON.stringify(STORY),
    prompt: "Write a very long story.",
    seed: budget,
    budget,
  }));
}

async function maskBenchJobs() {
  if (values.cases === undefined) return [];
  const file = createReadStream(join(values.cases, "cases.ndjson.gz")).pipe(createGunzip());
  const schemas = [];
  for await (const line of createInterface({ input: file })) schemas.push(line);
  const random = generator(Number(values.seed));
  for (let i = schemas.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [schemas[i], schemas[j]] = [schemas[j], schemas[i]];
  }
  return schemas.slice(0, Number(values.schemas)).map((line, seed) => {
    return { group: "MaskBench", ...caseOf(line), seed, budget: 100 };
  });
}

/** The cases that have a schema. */
function faultJobs() {
  if (values.faults === undefined) return [];
  return readFileSync(values.faults, "utf8")
    .trim()
    .split("\n")
    .filter((line) => JSON.parse(line).schema !== undefined)
    .map((line, seed) => ({ group: "reported faults", ...caseOf(line), seed, budget: 100 }));
}

/** The schema as it is written: numbers that a double cannot hold stay what they are. */
function caseOf(line) {
  const members = parseJson(line);
  return { name: JSON.parse(line).id, schemaText: writeJson(members.get("schema")) };
}

/** `valid`, `refused`, `invalid` or `failed`, with what there is to say of it. */
async function outcomeOf(url, job, budget = job.budget) {
  let answer;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: writeJson({
        model: values.model,
        messages: [{ role: "user", content: job.prompt ?? "Write an example." }],
        max_tokens: budget,
        temperature: 1,
        seed: job.seed,
        response_format: {
          type: "json_schema",
          json_schema: { name: "document", schema: new RawJson(job.schemaText) },
        },
      }),
      signal: AbortSignal.timeout(600_000),
    });
    answer = await response.json();
    if (response.status === 400) {
      const message = String(answer.error?.message ?? answer.message);
      const least = Number(/shortest document of this schema needs (\d+)/.exec(message)?.[1]);
      // The error names the least number of tokens, which the next request asks for.
      if (least > budget && least < 1500) return await outcomeOf(url, job, least);
      return { kind: "refused", detail: message };
    }
    if (response.status !== 200) {
      return { kind: "failed", detail: `${response.status} ${JSON.stringify(answer).slice(0, 200)}` };
    }
  } catch (error) {
    return { kind: "failed", detail: error.message };
  }
  const [{ message, finish_reason: finish }] = answer.choices;
  const tokens = answer.usage.completion_tokens;
  try {
    JSON.parse(message.content);
  } catch {
    return { kind: "invalid", detail: `no JSON (${finish}): ${message.content.slice(0, 100)}`, tokens };
  }
  // A schema that the validator cannot compile says nothing of the document.
  const verdict = await validateDocument(job.schemaText, message.content).catch(({ message }) => ({
    message,
  }));
  if (verdict.valid === true) return { kind: "valid", tokens };
  return {
    kind: verdict.valid === false ? "invalid" : "unchecked",
    detail: JSON.stringify(verdict).slice(0, 300),
    tokens,
  };
}

function report() {
  const kinds = ["valid", "invalid", "refused", "failed", "unchecked"];
  const groups = [...new Set(jobs.map(({ group }) => group))];
  console.log(`| cases | side | asked | ${kinds.join(" | ")} |\n|---|---|---|${"---|".repeat(kinds.length)}`);
  for (const group of groups) {
    for (const side of sides) {
      const outcomes = results.filter((result) => result.group === group).map((result) => result[side].kind);
      const counts = kinds.map((kind) => outcomes.filter((outcome) => outcome === kind).length);
      console.log(`| ${group} | ${side} | ${outcomes.length} | ${counts.join(" | ")} |`);
    }
  }
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(results, null, 1)}\n`);
  const wrong = results.filter(({ engine }) => engine.kind !== "valid");
  for (const { group, name, engine } of wrong) {
    console.log(`${group}, ${name}: ${engine.kind}: ${engine.detail}`);
  }
  process.exit(wrong.some(({ engine }) => engine.kind === "invalid" || engine.kind === "failed") ? 1 : 0);
}

/** Mulberry32: the same sample for the same seed. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
