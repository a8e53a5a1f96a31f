import type { ErrorBody } from "../../errors.js";
import type { AnswerBody, GenerateBody } from "../connection.js";
import { ClientError } from "../errors.js";

/** One line of a recording: what was asked, and what came back. Keys and addresses are not in it. */
export interface Recording {
  version: 1;
  request: GenerateBody;
  /** The pieces in which a streamed document came. */
  deltas?: string[];
  answer?: AnswerBody;
  error?: ErrorBody;
}

/** The same text for the same request, whatever the order of its keys. */
export function keyOf(request: GenerateBody): string {
  return JSON.stringify(sorted(request));
}

/** Throws `ClientError("invalid_json")` with the line at fault. */
export function parseRecordings(text: string, file: string): Recording[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    let value: Recording;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new ClientError("invalid_json", `${file}:${index + 1} is no JSON. Record the file anew.`, {
        cause,
      });
    }
    if (value?.version !== 1 || value.request === undefined) {
      throw new ClientError(
        "invalid_json",
        `${file}:${index + 1} is no recording of version 1. Record the file anew.`,
      );
    }
    return [value];
  });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
