import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { arrangedFolder } from "../../models/index.js";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { loadLlamaRuntime, type Runtime } from "../../runtime/index.js";
import type { JsonSchema } from "../../types.js";
import { Harness } from "../testing/harness.js";
import type { SchedulerSettings } from "./scheduler.js";

// The real model. Batches stay under 64 tokens, as they do by default on a CPU: there every token is computed
// alike whatever it is batched with (docs/decisions/scheduler.md). One thread, so that a busy machine does not slow
// the tests down.

const example = (name: string): JsonSchema =>
  JSON.parse(readFileSync(new URL(`../../../examples/${name}.json`, import.meta.url), "utf8"));

const TASKS = [
  { schema: example("person"), prompt: "A person called Anna, born 1984 in Lyon." },
  { schema: example("classification"), prompt: "My package has not arrived, where is it?" },
  { schema: example("person"), prompt: "A person called Anna, born 1990 in Rome." },
];
const MAX_TOKENS = 48;
/** Long enough for requests that arrive together to wait for the first to read it. */
const SYSTEM =
  "You fill in forms. Answer with one JSON document, short and plausible, in the words of the question where " +
  "it has them. Names of people and places begin with a capital letter. Do not invent what nobody asked for.";

let path: string;

const SETTINGS = {
  maxSequences: 12,
  contextLength: 512,
  cellCapacity: 4096,
  batchCapacity: 56,
  logitRows: 8,
  threads: 1,
  // As the engine loads them: arranged where this processor is faster with that.
  arrangedFolder: arrangedFolder(),
};

function load(): Promise<Runtime> {
  return loadLlamaRuntime({ ...SETTINGS, path });
}

function promptOf(runtime: Runtime, prompt: string): string {
  return runtime.renderChat([
    { role: "system", content: SYSTEM },
    { role: "user", content: prompt },
  ]);
}

interface Written {
  text: string;
  /** By how much the logit of the token that holds a byte led those it was chosen from; by byte of the text. */
  leads: number[];
}

/** The plain loop that everything else is held against: one token a decode, no scheduler. */
function plainLoop(runtime: Runtime, schema: JsonSchema, prompt: string): Written {
  const { vocabulary } = runtime;
  const matcher = compileSchema(schema, { maxWhitespace: 0 }).matcher(vocabulary);
  const mask = new Uint32Array(vocabulary.maskWords);
  const written: number[] = [];
  const leads: number[] = [];
  let position = 0;
  let logits = new Float32Array(0);
  const decode = (token: number) => {
    runtime.batchClear();
    const row = runtime.batchAdd(token, position++, 0, true);
    runtime.decode();
    logits = runtime.logits(row) as Float32Array<ArrayBuffer>;
  };
  const take = (token: number, lead: number): boolean => {
    if (!matcher.accept(token)) throw new Error(`Token ${token} was refused.`);
    if (matcher.tokensToEnd() > MAX_TOKENS - written.length - 1) {
      matcher.rollback(1);
      return false;
    }
    written.push(token);
    for (let i = 0; i < vocabulary.tokens[token].length; i++) leads.push(lead);
    decode(token);
    return true;
  };
  const result = () => ({ text: new TextDecoder().decode(vocabulary.bytesOf(written)), leads });
  runtime.removeCells(0, 0, -1);
  for (const token of runtime.tokenize(promptOf(runtime, prompt), true)) decode(token);
  while (!matcher.mustEnd && written.length < MAX_TOKENS) {
    const forced = matcher.forcedTokens();
    if (forced.length > 0) {
      for (const token of forced)
        if (!take(token, Infinity)) throw new Error("A forced token does not fit the budget.");
      continue;
    }
    matcher.fillMask(mask);
    const refused = new Set<number>();
    for (let taken = false; !taken; ) {
      let best = -1;
      let second = -1;
      for (let token = 0; token < vocabulary.size; token++) {
        const allowed = ((mask[token >>> 5] >>> (token & 31)) & 1) === 1 && !refused.has(token);
        if (!allowed) continue;
        if (best < 0 || logits[token] > logits[best]) [best, second] = [token, best];
        else if (second < 0 || logits[token] > logits[second]) second = token;
      }
      if (best === vocabulary.eos) return result();
      refused.add(best);
      taken = take(best, second < 0 ? Infinity : logits[best] - logits[second]);
    }
  }
  return result();
}

describe("greedy text of the real model", () => {
  let expected: Written[];

  beforeAll(async () => {
    path = await defaultModelPath();
    const runtime = await load();
    expected = TASKS.map(({ schema, prompt }) => plainLoop(runtime, schema, prompt));
    runtime.close();
  });

  // The exception: cells that some requests free while others run are taken again out of order, and attention
  // sums in the order of the cells. Requests side by side are exact only up to choices that nearly tie.
  const cases: { name: string; settings: Partial<SchedulerSettings>; together?: boolean }[] = [
    { name: "forced tokens in batches", settings: { prefixTokens: 0, maxSequences: 1 } },
    { name: "the prefix cache", settings: { prefixTokens: 1024, maxSequences: 1, forcedBatching: false } },
    {
      name: "several requests in a batch, prompts in chunks, up to choices that nearly tie",
      settings: { prefixTokens: 0, maxSequences: 4, prefillChunk: 7, forcedBatching: false },
      together: true,
    },
    {
      name: "all of it, up to choices that nearly tie",
      settings: { prefixTokens: 1024, maxSequences: 4, prefillChunk: 16 },
      together: true,
    },
  ];

  it.each(cases)("is that of the plain one-token loop with $name", async ({ settings, together }) => {
    const runtime = await load();
    const harness = new Harness(settings, runtime);
    const answers = TASKS.map(({ schema, prompt }) => {
      const answer = harness.ask({
        schema,
        prompt: promptOf(runtime, prompt),
        maxTokens: MAX_TOKENS,
        control: true,
      });
      if (!together) harness.run();
      return answer;
    });
    harness.run();
    runtime.close();
    for (const [i, { text }] of answers.entries()) {
      // Whichever way a near tie falls, the document is valid: every choice is one of the mask.
      expect(compileSchema(TASKS[i].schema).accepts(text)).toBe(true);
      const plain = expected[i];
      let same = 0;
      while (same < plain.text.length && plain.text[same] === text[same]) same++;
      if (together && same < plain.text.length) expect(plain.leads[same]).toBeLessThan(1);
      else expect(text).toBe(plain.text);
    }
    if (settings.prefixTokens !== 0) expect(harness.scheduler.counters.cachedTokens).toBeGreaterThan(30);
  });
});

describe("a request that is repeated", () => {
  it("gives the same text, though its beginning is kept and others came between", async () => {
    const runtime = await loadLlamaRuntime({
      ...SETTINGS,
      path: await defaultModelPath(),
      adaptThreads: false,
      threads: 2,
    });
    const harness = new Harness({ maxSequences: 1 }, runtime);
    // Beyond 256 cells, where the attention of a lone token is summed otherwise than that of several.
    const ask = (task: number) =>
      harness.answer({
        schema: TASKS[task].schema,
        prompt: promptOf(runtime, `${SYSTEM} `.repeat(5) + TASKS[task].prompt),
        maxTokens: MAX_TOKENS,
        sampling: { temperature: 0.9, seed: 7 + task },
        control: true,
      });
    const first = TASKS.map((_, task) => ask(task));
    const again = TASKS.map((_, task) => ask(task));
    runtime.close();
    expect(again.map(({ text }) => text)).toEqual(first.map(({ text }) => text));
    for (const [task, { cachedTokens, outcome }] of again.entries()) {
      expect(cachedTokens).toBe(outcome!.promptTokens);
      expect(cachedTokens).toBeGreaterThan(256);
      expect(first[task].cachedTokens).toBeLessThan(cachedTokens);
    }
  });
});
