#!/usr/bin/env node
// Time per token of an engine with the plug-in and one without it, each with and without a schema, alternately.
//
//   node scripts/remote/time-plugin.mjs --engine http://127.0.0.1:8100 --peer http://127.0.0.1:8101
//        [--streams 1,8,32] [--tokens 32] [--rounds 3] [--model smollm2]
//
// Prints a table: milliseconds between two tokens of one stream, median of the rounds, and the share that the schema adds.
// Start the engines with vllm-on-cpu.mjs or sglang-on-cpu.mjs, with and without --plugin.

import { parseArgs } from "node:util";
import { eventsOf, postChat, schemaFormat } from "./chat.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    peer: { type: "string" },
    model: { type: "string", default: "smollm2" },
    streams: { type: "string", default: "1,8,32" },
    tokens: { type: "string", default: "32" },
    rounds: { type: "string", default: "3" },
  },
});
if (values.engine === undefined || values.peer === undefined) {
  console.error(
    "usage: time-plugin.mjs --engine URL --peer URL [--streams 1,8,32] [--tokens 32] [--rounds 3]",
  );
  process.exit(2);
}
const tokens = Number(values.tokens);

/** Its documents are longer than any number of tokens here, and every backend enforces it. */
const PEOPLE = JSON.stringify({
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
});
/** The plug-in would close a document near its budget, so the client cuts the stream off instead. */
const ROOM = 1500;
const SCHEMA = schemaFormat(PEOPLE);
const FREE = { ignore_eos: true };
const SIDES = {
  "plug-in": { url: values.engine, format: SCHEMA, free: "no schema, with the plug-in" },
  "engine's own backend": { url: values.peer, format: SCHEMA, free: "no schema" },
  "no schema, with the plug-in": { url: values.engine, format: FREE },
  "no schema": { url: values.peer, format: FREE },
};

console.log("| streams | side | ms per token, median | over no schema | tokens/s |\n|---|---|---|---|---|");
for (const streams of values.streams.split(",").map(Number)) {
  const times = Object.fromEntries(Object.keys(SIDES).map((name) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, { url, format }] of Object.entries(SIDES)) {
      const seeds = Array.from({ length: streams }, (_, i) => 100 * round + i);
      const each = await Promise.all(seeds.map((seed) => millisecondsPerToken(url, format, seed)));
      // The first round warms up.
      if (round > 0) times[name].push(median(each));
    }
  }
  for (const [name, { free }] of Object.entries(SIDES)) {
    const milliseconds = median(times[name]);
    const over = free === undefined ? "" : `${percent(milliseconds / median(times[free]) - 1)}`;
    const rate = Math.round((1000 * streams) / milliseconds);
    console.log(`| ${streams} | ${name} | ${milliseconds.toFixed(1)} | ${over} | ${rate} |`);
  }
}

function percent(share) {
  return `${share < 0 ? "-" : "+"}${Math.abs(100 * share).toFixed(1)} %`;
}

/** Mean time between two tokens of one stream. */
async function millisecondsPerToken(url, format, seed) {
  const leave = new AbortController();
  const body = {
    model: values.model,
    messages: [{ role: "user", content: "List the people in a small town." }],
    max_tokens: ROOM,
    temperature: 0.8,
    seed,
    stream: true,
    ...format,
  };
  let count = 0;
  let first = 0;
  try {
    for await (const { choices } of eventsOf(await postChat(url, body, leave.signal))) {
      if (choices[0]?.delta.content === undefined) continue;
      if (count++ === 0) first = performance.now();
      if (count > tokens) return (performance.now() - first) / (count - 1);
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
