#!/usr/bin/env node
// Holds conversations of three tool turns, each turn followed by a document, and asks for texts of a pattern or a choice,
// as any client would. Counts what is valid. For an engine with the plug-in, and for Formwork in front of one.
//
//   node scripts/remote/check-conversations.mjs --server http://127.0.0.1:8100 [--conversations 12] [--texts 12]
//        [--text-field structured_outputs] [--budget 120] [--streams 4] [--model smollm2]
//
// Every other request is streamed. --text-field: `structured_outputs` (vLLM and Formwork) or `regex` (SGLang). --texts: number
// of patterns and choices. Fails when an answer is invalid, a call that was demanded is missing or a request fails. Needs a
// built project (npm run build).

import { parseArgs } from "node:util";
import { validateDocument } from "../../dist/engine/index.js";
import { answerOf, postChat, schemaFormat } from "./chat.mjs";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    model: { type: "string", default: "smollm2" },
    conversations: { type: "string", default: "12" },
    texts: { type: "string", default: "12" },
    "text-field": { type: "string", default: "structured_outputs" },
    budget: { type: "string", default: "120" },
    streams: { type: "string", default: "4" },
  },
});
if (values.server === undefined) {
  console.error("usage: check-conversations.mjs --server URL [--conversations 12] [--texts 12]");
  process.exit(2);
}

const REQUEST_MS = 300_000;
const TURNS = 3;
const CITIES = ["Oslo", "Rome", "Paris"];

const WEATHER = {
  type: "object",
  properties: {
    city: { enum: CITIES },
    days: { type: "integer", multipleOf: 3, minimum: 3, maximum: 12 },
  },
  required: ["city", "days"],
  additionalProperties: false,
  not: { properties: { city: { const: "Rome" }, days: { const: 3 } } },
};
const ADD = {
  type: "object",
  properties: { n: { type: "integer", multipleOf: 7, minimum: 10 } },
  required: ["n"],
  additionalProperties: false,
};
const TOOLS = [
  {
    type: "function",
    function: { name: "weather", description: "The weather of a city", parameters: WEATHER },
  },
  { type: "function", function: { name: "add", parameters: ADD } },
];
const EARLIER = ["Oslo", "Rome", "Paris", "Oslo"].flatMap((city, index) => [
  { role: "user", content: questionOf(city) },
  {
    role: "assistant",
    content: "",
    tool_calls: [
      {
        id: `call_${index}`,
        type: "function",
        function: { name: "weather", arguments: JSON.stringify({ city, days: 6 }) },
      },
    ],
  },
  { role: "tool", tool_call_id: `call_${index}`, content: '{"degrees": 4}' },
]);
const KINDS = [
  { name: "required", tool_choice: "required" },
  { name: "named", tool_choice: { type: "function", function: { name: "weather" } } },
  // A small model makes calls that it is free to leave only where it has made some.
  { name: "auto", tool_choice: "auto", earlier: EARLIER, temperature: 0.3 },
  { name: "auto or a document", tool_choice: "auto", format: true },
];
const SUMMARY = JSON.stringify({
  type: "object",
  properties: {
    summary: { type: "string", maxLength: 40 },
    cities: { type: "array", items: { enum: CITIES }, uniqueItems: true, minItems: 1 },
  },
  required: ["summary", "cities"],
  additionalProperties: false,
});
const TEXTS = [
  { regex: "[A-Z]{3}-[0-9]{4}" },
  { regex: "(yes|no), (because|although) [a-z ]{3,30}" },
  { choice: ["red", "green (dark)", "a+b", "blue"] },
];

/** How often each thing was seen. */
const counts = new Map();
let failures = 0;

// What has come so far, where there is no time for the rest.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, report);
const work = [
  ...Array.from({ length: Number(values.conversations) }, (_, seed) => () => converse(seed)),
  ...Array.from({ length: Number(values.texts) }, (_, seed) => () => askForText(seed)),
];
await Promise.all(
  Array.from({ length: Number(values.streams) }, async () => {
    for (let one = work.shift(); one !== undefined; one = work.shift()) await one();
  }),
);
report();

function report() {
  for (const [what, count] of [...counts].sort()) console.log(`${String(count).padStart(4)}  ${what}`);
  console.log(failures === 0 ? "every answer is valid" : `${failures} failures`);
  process.exit(failures === 0 && counts.size > 0 ? 0 : 1);
}

async function converse(seed) {
  const { name, tool_choice, earlier = [], format = false, temperature = 1 } = KINDS[seed % KINDS.length];
  // Both for each kind.
  const isStreamed = Math.floor(seed / KINDS.length) % 2 === 1;
  const kind = `${name}, ${isStreamed ? "streamed" : "whole"}`;
  const messages = [...earlier, { role: "user", content: questionOf("Oslo") }];
  for (let turn = 1; turn <= TURNS; turn++) {
    const settings = { temperature, seed: seed * 10 + turn, ...(isStreamed ? { stream: true } : {}) };
    const message = await ask(
      { messages, tools: TOOLS, tool_choice, ...(format ? schemaFormat(SUMMARY) : {}), ...settings },
      `call, ${kind}`,
    );
    if (message === undefined) return;
    const calls = message.tool_calls ?? [];
    if (calls.length === 0 && format) await checkDocument(SUMMARY, message.content ?? "", `no call, ${kind}`);
    else if (calls.length === 0) note(tool_choice === "auto", `no call, ${kind}`, message);
    for (const call of calls) await checkCall(call, `call, ${kind}`);
    const document = await ask(
      {
        messages: [...messages, { role: "user", content: "Sum up." }],
        ...schemaFormat(SUMMARY),
        ...settings,
      },
      `document, ${kind}`,
    );
    if (document !== undefined) await checkDocument(SUMMARY, document.content ?? "", `document, ${kind}`);
    messages.push(...answersTo(message, calls, `${seed}_${turn}`), {
      role: "user",
      content: questionOf("Paris"),
    });
  }
}

/** What the conversation has next: the message, and a result for each of its first calls. */
function answersTo(message, calls, id) {
  if (calls.length === 0) return [{ role: "assistant", content: (message.content || "Hm.").slice(0, 100) }];
  const made = calls.slice(0, 2).map((call, index) => ({
    id: `call_${id}_${index}`,
    type: "function",
    function: call.function,
  }));
  const results = made.map(({ id }) => ({ role: "tool", tool_call_id: id, content: '{"degrees": 4}' }));
  return [{ role: "assistant", content: "", tool_calls: made }, ...results];
}

async function askForText(seed) {
  const { regex, choice } = TEXTS[seed % TEXTS.length];
  const pattern = regex ?? choice.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const isStreamed = seed % 2 === 1;
  const kind = `${regex === undefined ? "choice" : "pattern"}, ${isStreamed ? "streamed" : "whole"}`;
  const field =
    values["text-field"] === "regex" ? { regex: pattern } : { structured_outputs: { regex, choice } };
  const message = await ask(
    {
      messages: [{ role: "user", content: "Answer in a few words." }],
      seed,
      ...field,
      ...(isStreamed ? { stream: true } : {}),
    },
    kind,
  );
  if (message !== undefined) note(new RegExp(`^(${pattern})$`).test(message.content ?? ""), kind, message);
}

/** The message of one answer; undefined, and counted, if there is none. */
async function ask(body, what) {
  try {
    const response = await postChat(
      values.server,
      { model: values.model, temperature: 1, max_tokens: Number(values.budget), ...body },
      AbortSignal.timeout(REQUEST_MS),
    );
    const answer = await answerOf(response);
    const message = answer.choices?.[0]?.message;
    if (message === undefined) note(false, `${what}: ${response.status}`, answer);
    else if (message.reasoning || message.reasoning_content) note(true, `${what}, reasoning`);
    return message;
  } catch (error) {
    note(false, `${what}: no answer`, String(error.cause ?? error));
    return undefined;
  }
}

async function checkCall({ function: { name, arguments: text } }, what) {
  const tool = TOOLS.find((tool) => tool.function.name === name);
  if (tool === undefined) note(false, `${what}: unknown tool`, name);
  else await checkDocument(JSON.stringify(tool.function.parameters), text, what);
}

async function checkDocument(schemaText, text, what) {
  const verdict = await validateDocument(schemaText, text).catch(({ message }) => ({ message }));
  note(verdict.valid === true, what, { text, verdict });
}

function note(isValid, what, detail) {
  const key = `${what}: ${isValid ? "valid" : "INVALID"}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  if (isValid) return;
  failures++;
  console.log(`${what}: ${JSON.stringify(detail).slice(0, 400)}`);
}

function questionOf(city) {
  return `What is the weather in ${city}?`;
}
