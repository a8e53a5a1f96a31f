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

/** A line of a recording: request and answer. Contains no keys or addresses. */
export interface Recording {
  request: GenerateBody;
  /** The pieces of a streamed document or text. */
  deltas?: string[];
  answer?: ReceivedAnswer;
  error?: ErrorBody;
}

/** A text that is equal for equal requests, regardless of the order of their keys. */
export function keyOf(request: GenerateBody): string {
  return writeJson(sorted(parseJson(writeJson(toWire(request)))));
}

/** The line in the file: request and answer in wire format. */
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

/** Parses a recording. Throws `ClientError("invalid_json")` with the line number. */
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
