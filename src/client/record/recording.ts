import type { ErrorBody } from "../../errors.js";
import {
  isJsonArray,
  isJsonObject,
  isObjectPart,
  JsonDocument,
  type JsonPart,
  type JsonValue,
  parseJson,
  writeJson,
  writeJsonLine,
} from "../../json/index.js";
import type { GenerateBody, ReceivedAnswer } from "../connection.js";
import { ClientError } from "../errors.js";
import { answerFromWire, answerToWire, requestFromWire, toWire } from "../wire.js";

/** One line of a recording: what was asked, and what came back. Keys and addresses are not in it. */
export interface Recording {
  request: GenerateBody;
  /** The pieces in which a streamed document, or text, came. */
  deltas?: string[];
  answer?: ReceivedAnswer;
  error?: ErrorBody;
}

/** The same text for the same request, whatever the order of its keys. */
export function keyOf(request: GenerateBody): string {
  return writeJson(sorted(parseJson(writeJson(toWire(request)))));
}

/** The line of a recording in its file: request and answer as they go over the wire. */
export function printRecording({ request, deltas, answer, error }: Recording): string {
  const wire = {
    version: 1,
    request: toWire(request),
    deltas,
    answer: answer && answerToWire(answer),
    error,
  };
  return writeJsonLine(wire);
}

/** Throws `ClientError("invalid_json")` with the line at fault. */
export function parseRecordings(text: string, file: string): Recording[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    let recording: Recording | undefined;
    try {
      recording = readRecording(JsonDocument.read(line).root);
    } catch (cause) {
      throw new ClientError("invalid_json", `${file}:${index + 1} is not JSON. Record the file again.`, {
        cause,
      });
    }
    if (recording === undefined) {
      throw new ClientError(
        "invalid_json",
        `${file}:${index + 1} is not a recording of version 1. Record the file again.`,
      );
    }
    return [recording];
  });
}

function readRecording(line: JsonPart): Recording | undefined {
  if (!isObjectPart(line)) return undefined;
  const members = line.members();
  const [request, answer] = [members.get("request"), members.get("answer")];
  const { version, deltas, error } = JSON.parse(line.text) as Omit<Recording, "request"> & {
    version?: unknown;
  };
  if (version !== 1 || !isObjectPart(request)) return undefined;
  const received = isObjectPart(answer) ? answerFromWire(answer.text) : undefined;
  return {
    request: requestFromWire(request),
    ...(deltas === undefined ? {} : { deltas }),
    ...(received === undefined ? {} : { answer: received }),
    ...(error === undefined ? {} : { error }),
  };
}

function sorted(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const members = [...value].map(([name, member]) => [name, sorted(member)] as const);
  return new Map(members.sort(([one], [other]) => (one < other ? -1 : 1)));
}
