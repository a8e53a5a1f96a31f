// Not through the engine's index, which would load the engine to show a default.
import { REQUEST_FIELDS, type RequestValues } from "../../engine/request/index.js";
import { FormworkError } from "../../errors.js";
import type { Generated, GenerateInput } from "../../generate.js";
import { RawJson, writeJsonLine } from "../../json/index.js";
import { defineCommand, type Invocation } from "../command.js";
import { text, toggle, type ValuesOf } from "../config/setting.js";
import { engineSettings, openEngine, watchEngine } from "../engine.js";
import { documentsSetting, readDocuments, readSchema } from "../readSchema.js";
import { fieldHelp, requestSettings } from "../requestSettings.js";

const settings = {
  prompt: text({
    flag: REQUEST_FIELDS.prompt.flag,
    description: "the prompt; - reads standard input",
  }),
  schema: text({
    flag: REQUEST_FIELDS.schema.flag,
    description: "file with a JSON Schema, - for standard input, or the schema itself",
    isPath: true,
  }),
  documents: documentsSetting,
  system: text({ flag: REQUEST_FIELDS.system.flag, description: fieldHelp(REQUEST_FIELDS.system) }),
  ...requestSettings,
  json: toggle({
    flag: "--json",
    description: "print output, usage and timings, or an error, as one line of JSON",
    fallback: false,
  }),
  stream: toggle({
    flag: "--stream",
    description: "print the document while it is generated; on by default on a terminal",
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
    ["generate -p Hi -s person.json --engine vllm=http://gpu:8000", "generates on another server"],
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
      if (values.json) terminal.stdout.write(`${writeJsonLine(toLine(result))}\n`);
      else terminal.stdout.write(stream ? "\n" : `${result.text}\n`);
      return undefined;
    } finally {
      progress.stop();
      await engine.close();
    }
  },
});

async function readInput({ values, terminal }: Invocation<Values>): Promise<GenerateInput> {
  const { prompt, schema, system } = values;
  if (prompt === undefined || prompt === "") throw missing("--prompt");
  if (schema === undefined || schema === "") throw missing("--schema");
  if (prompt === "-" && schema === "-") {
    throw new FormworkError("wrong_usage", "--prompt and --schema cannot both be standard input.");
  }
  const documents = await readDocuments(values.documents, terminal);
  const content = prompt === "-" ? (await terminal.readStdin()).trim() : prompt;
  if (content === "") throw new FormworkError("wrong_usage", "--prompt: standard input is empty.");
  return {
    ...settingsFrom(values),
    prompt: content,
    schema: await readSchema(schema, terminal),
    ...(system === undefined ? {} : { system }),
    ...(documents === undefined ? {} : { documents }),
  };
}

/** The values of the flags from the table of request fields. */
function settingsFrom(values: Values): RequestValues {
  const names = Object.keys(requestSettings) as (keyof typeof requestSettings)[];
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function missing(flag: string): FormworkError {
  return new FormworkError("wrong_usage", `${flag} is missing; see formwork generate --help.`);
}

function toLine({ text, finishReason, usage, timings, model }: Generated): Record<string, unknown> {
  return {
    output: new RawJson(text),
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
