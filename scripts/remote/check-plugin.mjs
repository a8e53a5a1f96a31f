#!/usr/bin/env node
// Requests documents of hard schemas from an engine with the plug-in, alternating with one without it: one plain request
// each, without retries, sent directly to the engine. Counts the valid documents.
//
//   node scripts/remote/check-plugin.mjs --engine http://127.0.0.1:8100 [--peer http://127.0.0.1:8101]
//        [--cases ../shared/maskbench --schemas 300 --seed 1] [--faults ../shared/cases/faults.ndjson]
//        [--reasoning] [--only GROUP] [--streams 8] [--seconds 600] [--unseeded] [--journal FILE]
//
// --journal: records each outcome in a file, so that the same command resumes an interrupted run. --only: groups whose
// name contains GROUP. --reasoning: only documents after reasoning. --seconds: time limit of a request. --unseeded: requests
// without a seed, for vLLM's chunked prefill on the CPU. Exits with 1 if a document of --engine is not valid or requests are
// missing. Needs a built project (npm run build); start the engines with vllm-on-cpu.mjs or sglang-on-cpu.mjs, with and
// without --plugin.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { validateDocument } from "../../dist/engine/index.js";
import { answerOf, postChat, schemaFormat } from "./chat.mjs";
import {
  budgetCases,
  faultCases,
  featureCases,
  hardCases,
  maskBenchCases,
  reasoningCases,
} from "./pluginCases.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    peer: { type: "string" },
    model: { type: "string", default: "smollm2" },
    cases: { type: "string" },
    schemas: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    faults: { type: "string" },
    reasoning: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    streams: { type: "string", default: "8" },
    seconds: { type: "string", default: "600" },
    unseeded: { type: "boolean", default: false },
    journal: { type: "string" },
  },
});
if (values.engine === undefined) {
  console.error(
    "usage: check-plugin.mjs --engine URL [--peer URL] [--cases DIR] [--faults FILE] [--journal FILE]",
  );
  process.exit(2);
}

const KINDS = ["valid", "invalid", "rejected", "failed", "unchecked"];
/** Largest budget that fits into the engines' context. */
const MAX_BUDGET = 1500;
const REQUEST_MS = Number(values.seconds) * 1000;

const cases = values.reasoning
  ? reasoningCases()
  : [
      ...hardCases(),
      ...budgetCases(),
      ...featureCases(),
      ...(values.faults === undefined ? [] : faultCases(values.faults)),
      ...(values.cases === undefined
        ? []
        : await maskBenchCases(values.cases, Number(values.schemas), Number(values.seed))),
    ].filter(({ group }) => group.includes(values.only));
const sides = values.peer === undefined ? ["engine"] : ["engine", "peer"];
/** Outcomes by key of the case and side. */
const outcomes = new Map(readJournal().map(({ key, ...outcome }) => [key, outcome]));

// If interrupted, reports the outcomes so far.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, report);
let next = 0;
await Promise.all(Array.from({ length: Number(values.streams) }, askOneByOne));
report();

async function askOneByOne() {
  while (next < cases.length) {
    const one = cases[next++];
    for (const side of sides) {
      const key = keyOf(one, side);
      if (outcomes.has(key)) continue;
      const outcome = await outcomeOf(values[side], one);
      outcomes.set(key, outcome);
      // Without an answer, the request is repeated when the run is resumed.
      if (values.journal !== undefined && outcome.isAnswered !== false)
        appendFileSync(values.journal, `${JSON.stringify({ key, ...outcome })}\n`);
    }
    if (next % 50 === 0) console.error(`${next} of ${cases.length}`);
  }
}

function keyOf({ group, name, seed }, side) {
  return [side, group, name, seed].join(" / ");
}

function readJournal() {
  if (values.journal === undefined || !existsSync(values.journal)) return [];
  const lines = readFileSync(values.journal, "utf8").split("\n");
  // The text after the last line break is a line that was cut off, or empty.
  const torn = lines.pop();
  if (torn !== "") writeFileSync(values.journal, lines.map((line) => `${line}\n`).join(""));
  return lines.map((line) => JSON.parse(line));
}

/** One of `KINDS`, with a detail. */
async function outcomeOf(url, one, budget = one.budget) {
  let answer;
  try {
    const response = await postChat(
      url,
      {
        model: values.model,
        messages: [{ role: "user", content: one.prompt }],
        max_tokens: budget,
        temperature: 1,
        ...(values.unseeded ? {} : { seed: one.seed }),
        ...(one.request?.tools === undefined ? schemaFormat(one.schemaText) : {}),
        ...one.request,
      },
      AbortSignal.timeout(REQUEST_MS),
    );
    answer = await answerOf(response);
    const message = String(answer.error?.message ?? answer.message);
    // Streams report errors after their status 200 in an event.
    const status = answer.error === undefined ? response.status : (answer.error.code ?? response.status);
    if (status === 400) {
      const least = Number(/shortest document of this schema needs (\d+)/.exec(message)?.[1]);
      // Repeats the request with the budget that the error names.
      if (least > budget && least < MAX_BUDGET) return await outcomeOf(url, one, least);
      return { kind: "rejected", detail: message };
    }
    if (status !== 200 || answer.choices === undefined)
      return { kind: "failed", detail: `${status} ${message}` };
  } catch (error) {
    return { kind: "failed", detail: String(error.cause ?? error), isAnswered: false };
  }
  const verdicts = await Promise.all(
    answer.choices.flatMap((choice) => documentsOf(one, choice)).map(verdictOn),
  );
  const worst = KINDS.findLast((kind) => verdicts.some((verdict) => verdict.kind === kind)) ?? "failed";
  const { detail = "no document" } = verdicts.find(({ kind }) => kind === worst) ?? {};
  const tokens = answer.usage?.completion_tokens;
  return worst === "valid" ? { kind: worst, tokens } : { kind: worst, detail, tokens };
}

/** The documents of a choice, each with its schema: the content, or the arguments of each call. */
function documentsOf({ request, schemaText }, { message, finish_reason: finish }) {
  if (request?.tools === undefined) return [{ schemaText, text: message.content ?? "", finish }];
  return (message.tool_calls ?? []).map((call) => {
    const tool = request.tools.find((tool) => tool.function.name === call.function.name);
    return { schemaText: JSON.stringify(tool.function.parameters), text: call.function.arguments, finish };
  });
}

async function verdictOn({ schemaText, text, finish }) {
  try {
    JSON.parse(text);
  } catch {
    return { kind: "invalid", detail: `no JSON (${finish}): ${text.slice(0, 100)}` };
  }
  // If the validator cannot compile the schema, the document is unchecked.
  const verdict = await validateDocument(schemaText, text).catch(({ message }) => ({ message }));
  if (verdict.valid === true) return { kind: "valid" };
  const kind = verdict.valid === false ? "invalid" : "unchecked";
  return { kind, detail: `${text.slice(0, 100)}: ${JSON.stringify(verdict).slice(0, 300)}` };
}

function report() {
  console.log(
    `| cases | side | requests | ${KINDS.join(" | ")} |\n|---|---|---|${"---|".repeat(KINDS.length)}`,
  );
  for (const group of new Set(cases.map(({ group }) => group))) {
    for (const side of sides) {
      const found = cases
        .filter((one) => one.group === group)
        .flatMap((one) => outcomes.get(keyOf(one, side)) ?? []);
      const counts = KINDS.map((kind) => found.filter((outcome) => outcome.kind === kind).length);
      console.log(`| ${group} | ${side} | ${found.length} | ${counts.join(" | ")} |`);
    }
  }
  const missing = cases.flatMap((one) => sides.filter((side) => !outcomes.has(keyOf(one, side)))).length;
  if (missing > 0) console.log(`Interrupted: ${missing} requests are missing.`);
  let isWrong = missing > 0;
  for (const one of cases) {
    const { kind, detail } = outcomes.get(keyOf(one, "engine")) ?? { kind: "valid" };
    if (kind === "valid") continue;
    console.log(`${one.group}, ${one.name}: ${kind}: ${detail}`);
    isWrong ||= kind === "invalid" || kind === "failed";
  }
  process.exit(isWrong ? 1 : 0);
}
