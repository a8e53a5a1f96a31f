import { parseJson, pointerTo, toJavaScript, writeJson } from "../../json/index.js";
import type { GenerateBody } from "../connection.js";
import { keyOf, type Recording } from "./recording.js";

/** Only this many characters of each text are compared. */
const COMPARED_CHARACTERS = 4_000;
const SHOWN_CHARACTERS = 120;

/** Describes the recording most similar to `request`, and where the two differ. */
export function describeNearest(request: GenerateBody, recordings: readonly Recording[]): string {
  let nearest: Recording | undefined;
  let best = -1;
  const asked = pairsOf(keyOf(request));
  const prompt = pairsOf(request.prompt ?? "");
  for (const recording of recordings) {
    const score =
      similarity(prompt, pairsOf(recording.request.prompt ?? "")) +
      similarity(asked, pairsOf(keyOf(recording.request)));
    if (score > best) {
      best = score;
      nearest = recording;
    }
  }
  if (nearest === undefined) return "It is empty.";
  const differences = [...differencesOf(wireOf(request), wireOf(nearest.request), "")].slice(0, 10);
  return `The nearest one differs:\n${differences.map((line) => `  ${line}`).join("\n")}`;
}

function* differencesOf(asked: unknown, recorded: unknown, pointer: string): Generator<string> {
  if (isContainer(asked) && isContainer(recorded) && Array.isArray(asked) === Array.isArray(recorded)) {
    for (const key of new Set([...Object.keys(asked), ...Object.keys(recorded)])) {
      yield* differencesOf(asked[key], recorded[key], pointerTo(pointer, key));
    }
  } else if (asked !== recorded) {
    yield `${pointer}: asked ${shown(asked)}, recorded ${shown(recorded)}`;
  }
}

function wireOf(request: GenerateBody): unknown {
  return toJavaScript(parseJson(keyOf(request)), { bigints: true });
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : writeJson(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`;
}

/** Bigrams of a text, with their counts. */
function pairsOf(text: string): Map<string, number> {
  const pairs = new Map<string, number>();
  const end = Math.min(text.length, COMPARED_CHARACTERS) - 1;
  for (let at = 0; at < end; at++) {
    const pair = text.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

/** The Dice coefficient of two bags of bigrams, 0 to 1. */
function similarity(one: Map<string, number>, other: Map<string, number>): number {
  let shared = 0;
  let total = 0;
  for (const [pair, count] of one) {
    shared += Math.min(count, other.get(pair) ?? 0);
    total += count;
  }
  for (const count of other.values()) total += count;
  return total === 0 ? 1 : (2 * shared) / total;
}
