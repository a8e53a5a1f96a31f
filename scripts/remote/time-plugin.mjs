#!/usr/bin/env node
// Time per token of an engine with the plug-in, with and without a schema, and of one without it, in turns.
//
//   node scripts/remote/time-plugin.mjs --engine http://127.0.0.1:8100 --peer http://127.0.0.1:8101
//        [--streams 1,8,32] [--tokens 96] [--rounds 3] [--model smollm2]
//
// Prints a table: milliseconds between two tokens of one stream, median of the rounds. The engines are started by
// vllm-on-cpu.mjs and sglang-on-cpu.mjs, with --plugin and without.

import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    peer: { type: "string" },
    model: { type: "string", default: "smollm2" },
    streams: { type: "string", default: "1,8,32" },
    tokens: { type: "string", default: "96" },
    rounds: { type: "string", default: "3" },
  },
});
if (values.engine === undefined || values.peer === undefined) {
  console.error("usage: time-plugin.mjs --engine URL --peer URL [--streams 1,8,32]");
  process.exit(2);
}
const tokens = Number(values.tokens);

/** Long enough for any number of tokens, and of a form that every backend enforces. */
const PEOPLE = {
  type: "array",
  minItems: 40,
  items: {
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer" },
      city: { type: "string" },
      active: { type: "boolean" },
    },
    required: ["name", "age", "city", "active"],
    additionalProperties: false,
  },
};
/** Budgets that end a document early would make the plug-in close it: what is timed is cut off by the client instead. */
const ROOM = 1500;

const sides = {
  "plug-in": [values.engine, { response_format: schemaFormat() }],
  "engine's own backend": [values.peer, { response_format: schemaFormat() }],
  "no schema, plug-in there": [values.engine, { ignore_eos: true }],
  "no schema": [values.peer, { ignore_eos: true }],
};

console.log("| streams | side | ms a token, median | tokens/s |\n|---|---|---|---|");
for (const streams of values.streams.split(",").map(Number)) {
  const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, [url, format]] of Object.entries(sides)) {
      const seeds = Array.from({ length: streams }, (_, i) => 100 * round + i);
      const each = await Promise.all(seeds.map((seed) => timed(url, format, seed)));
      // The first round warms up.
      if (round > 0) times[name].push(median(each));
    }
  }
  for (const [name, found] of Object.entries(times)) {
    const milliseconds = median(found);
    console.log(
      `| ${streams} | ${name} | ${milliseconds.toFixed(2)} | ${Math.round((1000 * streams) / milliseconds)} |`,
    );
  }
}

function schemaFormat() {
  return { type: "json_schema", json_schema: { name: "people", schema: PEOPLE } };
}

/** Milliseconds between two tokens of one stream: from its first to its last one, over their number. */
async function timed(url, format, seed) {
  const leave = new AbortController();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: values.model,
      messages: [{ role: "user", content: "List the people in a small town." }],
      max_tokens: ROOM,
      temperature: 0.8,
      seed,
      stream: true,
      ...format,
    }),
    signal: leave.signal,
  });
  let count = 0;
  let first = 0;
  try {
    for await (const chunk of response.body) {
      const now = performance.now();
      const events = Buffer.from(chunk).toString().split("data: {").length - 1;
      if (count === 0 && events > 0) first = now;
      count += events;
      if (count > tokens) return (now - first) / (count - 1);
    }
    throw new Error(`The answer ended after ${count} tokens.`);
  } finally {
    leave.abort();
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
