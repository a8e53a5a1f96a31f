// The cases of check-plugin.mjs: each has a group, a name, a schema as text, a prompt, a budget and a seed.

import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { parseJson, writeJson } from "../../dist/json/index.js";

const BUDGET = 100;
const PROMPT = "Write an example.";

/** Keywords that constraint backends often ignore or reject. */
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

export function hardCases() {
  return Object.entries(HARD).flatMap(([name, schema]) =>
    [1, 2, 3, 4].map((seed) => caseOf("ten hard schemas", name, JSON.stringify(schema), { seed })),
  );
}

/** Budgets from 1 token; the error for a budget that is too small names the minimum. */
export function budgetCases() {
  const prompt = "Write a very long story.";
  return [1, 16, 18, 20, 24, 28, 32, 40, 50, 60, 80, 100].map((budget) =>
    caseOf("budgets", `${budget} tokens`, JSON.stringify(STORY), { prompt, budget, seed: budget }),
  );
}

/** Engine features: several answers, streams, tools, a shared prefix. `request` holds further members of the body. */
export function featureCases() {
  const story = JSON.stringify(STORY);
  const long = "Read the rules of the house before you answer, every one of them, and twice. ".repeat(30);
  const tools = [
    {
      type: "function",
      function: { name: "write_story", description: "Writes a story.", parameters: STORY },
    },
    { type: "function", function: { name: "add", parameters: HARD.multipleOf } },
  ];
  const named = { type: "function", function: { name: "add" } };
  const prompt = "Write a story about a fox.";
  const case_ = (name, request, settings) =>
    caseOf("features", name, story, { prompt, request, ...settings });
  return [1, 2, 3].flatMap((seed) => [
    case_("n = 4", { n: 4 }, { seed }),
    case_("stream", { stream: true, stream_options: { include_usage: true } }, { seed }),
    case_("stream, n = 3", { n: 3, stream: true }, { seed }),
    case_("a long prefix that others share", {}, { seed, prompt: `${long} ${prompt} ${seed}` }),
    case_("tool_choice required", { tools, tool_choice: "required" }, { seed }),
    case_("tool_choice required, stream", { tools, tool_choice: "required", stream: true }, { seed }),
    case_("tool_choice by name", { tools, tool_choice: named }, { seed }),
    case_("penalties and logprobs", { presence_penalty: 1, logprobs: true, top_logprobs: 3 }, { seed }),
  ]);
}

/**
 * For a server that was started with --reasoning. The model never ends its reasoning by itself: either a bias makes it
 * do so at a random moment, or the budget does.
 */
export function reasoningCases() {
  const story = JSON.stringify(STORY);
  const bias = { logit_bias: { 4: 12 } };
  const case_ = (name, request, budget, seed) =>
    caseOf("reasoning", `${name}, ${budget} tokens`, story, {
      prompt: "Write a story.",
      budget,
      seed,
      request,
    });
  return [1, 17, 18, 20, 25, 40, 60, 100].flatMap((budget, seed) => [
    case_("without an end", {}, budget, seed),
    case_("without an end, stream", { stream: true }, budget, seed),
    case_("ended by the model", bias, budget, seed),
    case_("ended by the model, stream, n = 2", { ...bias, stream: true, n: 2 }, budget, seed),
  ]);
}

/** A random sample of MaskBench. */
export async function maskBenchCases(folder, count, seed) {
  const file = createReadStream(join(folder, "cases.ndjson.gz")).pipe(createGunzip());
  const lines = [];
  for await (const line of createInterface({ input: file })) lines.push(line);
  const random = generator(seed);
  for (let i = lines.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [lines[i], lines[j]] = [lines[j], lines[i]];
  }
  return lines
    .slice(0, count)
    .map((line, index) => caseOf("MaskBench", JSON.parse(line).id, schemaIn(line), { seed: index }));
}

/** Cases from bug reports with a schema, which may be part of a request. */
export function faultCases(file) {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .flatMap((line, seed) => {
      const schemaText = schemaIn(line);
      if (schemaText === undefined) return [];
      const { id, request } = JSON.parse(line);
      const prompt = request?.prompt ?? request?.messages?.at(-1).content ?? PROMPT;
      return [caseOf("reported faults", id, schemaText, { seed, prompt })];
    });
}

function caseOf(group, name, schemaText, { prompt = PROMPT, budget = BUDGET, seed, request }) {
  return { group, name, schemaText, prompt, budget, seed, request };
}

/** The schema as written, with numbers that a double cannot represent. */
function schemaIn(line) {
  const members = parseJson(line);
  const request = members.get("request");
  const format = request?.get("response_format");
  const schema =
    members.get("schema") ??
    request?.get("schema") ??
    request?.get("json_schema") ??
    format?.get("schema") ??
    format?.get("json_schema")?.get("schema");
  return schema === undefined ? undefined : writeJson(schema);
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
