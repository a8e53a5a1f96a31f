// The file itself: the folder's index would load the engine to show a default.
import { REQUEST_DEFAULTS } from "../../engine/requestDefaults.js";
import { FormworkError } from "../../errors.js";
import type { Generated, GenerateInput } from "../../generate.js";
import { defineCommand, type Invocation } from "../command.js";
import { integer, number, text, toggle, type ValuesOf } from "../config/setting.js";
import { engineSettings, openEngine, watchEngine } from "../engine.js";
import { readSchema } from "../readSchema.js";

const settings = {
  prompt: text({ flag: "-p, --prompt <text>", description: "what to write; - reads standard input" }),
  schema: text({
    flag: "-s, --schema <file>",
    description: "file with a JSON Schema, - for standard input, or the schema itself",
    isPath: true,
  }),
  system: text({ flag: "--system <text>", description: "instructions that come before the prompt" }),
  maxTokens: integer({
    flag: "--max-tokens <count>",
    description: "tokens the document may have; it is closed in time, never cut",
    minimum: 1,
    fallback: REQUEST_DEFAULTS.maxTokens,
  }),
  temperature: number({
    flag: "--temperature <number>",
    description: "0 always takes the likeliest token",
    minimum: 0,
    maximum: 2,
    fallback: REQUEST_DEFAULTS.temperature,
  }),
  topP: number({
    flag: "--top-p <share>",
    description: "sample from the likeliest tokens that have this share together",
    minimum: 0,
    maximum: 1,
    fallback: REQUEST_DEFAULTS.topP,
  }),
  seed: integer({ flag: "--seed <number>", description: "same seed, same request, same answer" }),
  json: toggle({
    flag: "--json",
    description: "print output, usage and times as one line; errors likewise",
    fallback: false,
  }),
  stream: toggle({
    flag: "--stream",
    description: "print the document while it is written; on a terminal by default",
  }),
  ...engineSettings,
};

type Values = ValuesOf<typeof settings>;

export const command = defineCommand({
  settings,
  examples: [
    ['generate --prompt "Ada Lovelace, born 1815" --schema examples/person.json', "prints one document"],
    ["generate --prompt - --schema examples/invoice.json < mail.txt", "takes the prompt from a file"],
    [
      `generate -p "A colour" -s '{"enum":["red","green"]}' --temperature 0 --json`,
      "prints the document with usage and times",
    ],
    ["generate -p Hi -s person.json --engine vllm=http://gpu:8000", "lets another server write it"],
  ],
  notes: "Standard output carries the document alone. Progress goes to standard error, on a terminal only.",
  async run(invocation) {
    const { values, terminal, signal } = invocation;
    const input = await readInput(invocation);
    const { generate } = await import("../../generate.js");
    const engine = await openEngine({ ...values, parallel: values.parallel ?? 1 });
    const progress = await watchEngine(engine, terminal);
    const stream = !values.json && (values.stream ?? terminal.stdout.isTTY === true);
    const onDelta = (piece: string) => {
      progress.stop();
      if (stream) terminal.stdout.write(piece);
    };
    try {
      const result = await generate({ ...input, engine, signal, onDelta });
      progress.stop();
      if (values.json) terminal.stdout.write(`${JSON.stringify(toLine(result))}\n`);
      else terminal.stdout.write(stream ? "\n" : `${result.text}\n`);
      return undefined;
    } finally {
      progress.stop();
      await engine.close();
    }
  },
});

async function readInput({ values, terminal }: Invocation<Values>): Promise<GenerateInput> {
  const { prompt, schema, system, maxTokens, temperature, topP, seed } = values;
  if (prompt === undefined || prompt === "") throw missing("--prompt");
  if (schema === undefined || schema === "") throw missing("--schema");
  if (prompt === "-" && schema === "-") {
    throw new FormworkError("wrong_usage", "--prompt and --schema cannot both be standard input.");
  }
  const content = prompt === "-" ? (await terminal.readStdin()).trim() : prompt;
  if (content === "") throw new FormworkError("wrong_usage", "--prompt: standard input is empty.");
  return {
    prompt: content,
    schema: await readSchema(schema, terminal),
    maxTokens,
    temperature,
    topP,
    ...(system === undefined ? {} : { system }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function missing(flag: string): FormworkError {
  return new FormworkError("wrong_usage", `${flag} is missing; see formwork generate --help.`);
}

function toLine({ output, finishReason, usage, timings, model }: Generated): Record<string, unknown> {
  return {
    output,
    tokens_used: usage.completionTokens,
    generation_time_ms: Math.round(timings.totalMs * 100) / 100,
    finish_reason: finishReason,
    usage: {
      prompt_tokens: usage.promptTokens,
      cached_tokens: usage.cachedTokens,
      completion_tokens: usage.completionTokens,
      forced_tokens: usage.forcedTokens,
    },
    model,
  };
}
