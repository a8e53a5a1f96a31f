import { isArrayPart } from "../../../json/index.js";
import type { Fields } from "../../bodyFields.js";
import type { ServerConfig } from "../../config.js";
import { readCount, readSettings } from "../../readSettings.js";
import { concedeDefaults } from "../openai/defaults.js";
import { readFormat, withStrict } from "../openai/responseFormat.js";
import type { SurfaceCall } from "../surface.js";

export interface CompletionsCall extends SurfaceCall {
  /** Whether streams end with a usage chunk. */
  includesUsage: boolean;
}

/** The body of `POST /v1/completions`. The prompt becomes a user message, because models are trained for conversations. */
export function readCompletions(fields: Fields, { maxTokensLimit }: ServerConfig): CompletionsCall {
  const prompt = readPrompt(fields);
  if (fields.get("suffix") !== undefined) throw fields.invalid("suffix", "is not possible here");
  if (fields.boolean("echo")) throw fields.invalid("echo", "must be false: the prompt is not repeated here");
  concedeDefaults(fields);
  const format = readFormat(fields);
  const settings = readSettings(fields, "completions", maxTokensLimit);
  return {
    input: {
      ...settings,
      content: { messages: [{ role: "user", content: prompt }], ...format.content },
      values: withStrict(settings.values, format),
      count: readCount(fields, "completions"),
    },
    streamed: fields.boolean("stream") ?? false,
    includesUsage: fields.object("stream_options")?.boolean("include_usage") ?? false,
  };
}

function readPrompt(fields: Fields): string {
  const given = fields.get("prompt");
  const list = isArrayPart(given) ? fields.list("prompt") : undefined;
  const prompt = list?.length === 1 ? list[0] : given;
  if (prompt === undefined || prompt === "") throw fields.missing("prompt");
  if (typeof prompt !== "string")
    throw fields.invalid("prompt", "must be one text, not several or token ids");
  return prompt;
}
