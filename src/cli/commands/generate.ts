import { randomInt } from "node:crypto";
import type { Engine, GenerateRequest, GenerateResult } from "../../engine/index.js";
import { FormworkError } from "../../errors.js";
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
    fallback: 2048,
  }),
  temperature: number({
    flag: "--temperature <number>",
    description: "0 always takes the likeliest token",
    minimum: 0,
    maximum: 2,
    fallback: 0.3,
  }),
  topP: number({
    flag: "--top-p <share>",
    description: "sample from the likeliest tokens that have this share together",
    minimum: 0,
    maximum: 1,
    fallback: 0.95,
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
    const request = await readRequest(invocation);
    const engine = await openEngine(values);
    const progress = await watchEngine(engine, terminal);
    try {
      const stream = !values.json && (values.stream ?? terminal.stdout.isTTY === true);
      const write = (piece: string) => void terminal.stdout.write(piece);
      const result = await writeDocument(engine, request, signal, stream ? write : undefined, progress.stop);
      if (values.json) write(`${JSON.stringify(toLine(result))}\n`);
      else write(stream ? "\n" : `${result.text}\n`);
      return undefined;
    } finally {
      progress.stop();
      await engine.close();
    }
  },
});

async function readRequest({ values, terminal }: Invocation<Values>): Promise<GenerateRequest> {
  const { prompt, schema } = values;
  if (prompt === undefined || prompt === "") throw missing("--prompt");
  if (schema === undefined) throw missing("--schema");
  if (prompt === "-" && schema === "-") {
    throw new FormworkError("wrong_usage", "--prompt and --schema cannot both be standard input.");
  }
  const content = prompt === "-" ? (await terminal.readStdin()).trim() : prompt;
  if (content === "") throw new FormworkError("wrong_usage", "--prompt: standard input is empty.");
  return {
    id: "cli",
    messages: [
      ...(values.system === undefined ? [] : [{ role: "system" as const, content: values.system }]),
      { role: "user", content },
    ],
    schema: await readSchema(schema, terminal),
    maxTokens: values.maxTokens,
    sampling: {
      temperature: values.temperature,
      topP: Math.max(values.topP, 1e-6),
      topK: 0,
      minP: 0,
      repetitionPenalty: 1,
      seed: values.seed ?? randomInt(2 ** 32),
    },
    schemaInPrompt: values.schemaInPrompt,
  };
}

function missing(flag: string): FormworkError {
  return new FormworkError("wrong_usage", `${flag} is missing; see formwork generate --help.`);
}

/** The result of `request`; its text goes to `write` piece by piece where that is given. */
async function writeDocument(
  engine: Engine,
  request: GenerateRequest,
  signal: AbortSignal,
  write: ((text: string) => void) | undefined,
  onStart: () => void,
): Promise<GenerateResult> {
  for await (const event of engine.generate(request, signal)) {
    if (event.type === "finish") return event.result;
    onStart();
    if (event.type === "delta") write?.(event.text);
  }
  throw new FormworkError("internal", "The engine ended without a document.");
}

function toLine({ output, finishReason, usage, timings, model }: GenerateResult): Record<string, unknown> {
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
