import type { CompileOptions } from "../../constraint/index.js";
import { type FormworkError, toFormworkError } from "../../errors.js";
import { defineCommand } from "../command.js";
import { choice, toggle } from "../config/setting.js";
import { EXIT, exitCodeOf } from "../exit.js";
import { documentsSetting, readDocuments, readSchema } from "../readSchema.js";
import type { Terminal } from "../terminal/terminal.js";

const DIALECTS = ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"] as const;

export const command = defineCommand({
  operands: [{ name: "schema", description: "file with a JSON Schema, - for standard input", several: true }],
  settings: {
    dialect: choice({
      flag: "--dialect <draft>",
      description: "dialect of schemas without $schema",
      choices: DIALECTS,
      fallback: "2020-12",
    }),
    documents: documentsSetting,
    json: toggle({ flag: "--json", description: "print one line of JSON per schema", fallback: false }),
  },
  examples: [
    ["check examples/person.json", "prints ok, or what is rejected and where"],
    ["check --json schemas/*.json", "the same for programs, one line each"],
    ["check --dialect draft-04 - < old.json", "reads the schema from standard input"],
  ],
  notes: "Needs no model. A schema that passes is enforced in full: every generated document is valid.",
  async run({ values, operands, terminal }) {
    let exitCode: number = EXIT.done;
    const documents = await readDocuments(values.documents, terminal);
    const options = { defaultDialect: values.dialect, ...(documents === undefined ? {} : { documents }) };
    for (const name of operands) {
      const verdict = await judge(name, options, terminal);
      if (verdict.error) exitCode = Math.max(exitCode, exitCodeOf(verdict.error));
      terminal.stdout.write(`${values.json ? toLine(verdict) : toText(verdict)}\n`);
    }
    return exitCode;
  },
});

interface Verdict {
  name: string;
  warnings: readonly { pointer: string; keyword: string; message: string }[];
  error?: FormworkError;
}

async function judge(name: string, options: CompileOptions, terminal: Terminal): Promise<Verdict> {
  const { compileSchema } = await import("../../constraint/index.js");
  try {
    const { warnings } = compileSchema(await readSchema(name, terminal), options);
    return { name, warnings };
  } catch (thrown) {
    return { name, warnings: [], error: toFormworkError(thrown) };
  }
}

function toLine({ name, warnings, error }: Verdict): string {
  return JSON.stringify({ schema: name, ok: error === undefined, ...error?.toBody(), warnings });
}

function toText({ name, warnings, error }: Verdict): string {
  const notes = warnings.map(
    ({ pointer, keyword, message }) => `  note at ${place(pointer)}, \`${keyword}\`: ${message}`,
  );
  if (error === undefined) return [`${name}: ok`, ...notes].join("\n");
  const keyword = error.keyword === undefined ? "" : `, \`${error.keyword}\``;
  const where = error.pointer === undefined ? "" : ` at ${place(error.pointer)}${keyword}`;
  const what = exitCodeOf(error) === EXIT.refusedSchema ? "rejected" : "not checked";
  return [`${name}: ${what}${where}: ${error.message}`, ...notes].join("\n");
}

function place(pointer: string): string {
  return pointer === "" ? "the root" : pointer;
}
