import type { JsonSchema } from "../../../types.js";
import type { Validate } from "../../run/measure.js";
import { seededRandom } from "../../statistics/random.js";
import type { MemoryReading } from "../memory/bench.js";
import { type Mix, type MixedRequest, mixedRequest } from "./mix.js";

export interface SoakOptions {
  /** A server of Formwork's that is ready. */
  url: string;
  requests: number;
  /** Number of times that `kill` is called, evenly spread over the requests. */
  kills: number;
  /** Concurrent requests. */
  streams: number;
  /** The fraction of hostile requests, and their schemas. */
  hostileShare: number;
  hostile: readonly JsonSchema[];
  seed: number;
  /** Milliseconds after which the client of a hostile schema disconnects. */
  timeoutMs: number;
  /** Kills the engine process, or another part of the server; false if there was none. */
  kill(): Promise<boolean>;
  readMemory(): Promise<MemoryReading | undefined>;
  validate: Validate;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

/**
 * The outcome of a request. `valid`: a document that the validator accepts, or one of the choices. `rejected`: a caller's error (4xx).
 * `lost`: a 500 or 503 because the engine process, or another part, died or is busy. `left`: the client disconnected on purpose. `late`: beyond the
 * server's time limit. The others must not occur.
 */
export type SoakOutcome = "valid" | "rejected" | "lost" | "left" | "late" | "wrong" | "error" | "hung";

export interface SoakResults {
  requests: number;
  kills: number;
  seconds: number;
  /** Number of requests by kind and outcome. */
  outcomes: Record<string, Partial<Record<SoakOutcome, number>>>;
  /** Examples of errors, up to a few dozen. */
  faults: string[];
  readings: { answers: number; memory: MemoryReading }[];
}

const HANG_MS = 120_000;
const MAX_FAULTS = 40;

/** Error codes of requests that were lost with the engine process, or rejected because of load. */
const LOST: ReadonlySet<unknown> = new Set([
  "engine_unavailable",
  "engine_crashed",
  "queue_full",
  "not_ready",
]);

/** Sends mixed requests, including hostile ones, to a server whose engine process, or other parts, are killed repeatedly. */
export async function benchSoak(options: SoakOptions): Promise<SoakResults> {
  const { requests, kills, streams, hostile, hostileShare, timeoutMs, signal } = options;
  const mix: Mix = { hostile, hostileShare, timeoutMs, hangMs: HANG_MS };
  const random = seededRandom(options.seed);
  const startedAt = performance.now();
  const results: SoakResults = { requests: 0, kills: 0, seconds: 0, outcomes: {}, faults: [], readings: [] };
  const marks = [0.1, 0.5, 1].map((share) => Math.ceil(share * requests));
  let begun = 0;
  let killing = false;
  const between = async (): Promise<void> => {
    const done = ++results.requests;
    options.onProgress?.(done);
    if (marks.includes(done)) {
      const memory = await options.readMemory();
      if (memory !== undefined) results.readings.push({ answers: done, memory });
    }
    if (killing || results.kills >= Math.floor((done * kills) / requests)) return;
    killing = true;
    if (await options.kill()) results.kills++;
    killing = false;
  };
  const stream = async (): Promise<void> => {
    while (begun < requests) {
      signal?.throwIfAborted();
      const request = mixedRequest(begun++, random, mix);
      const { outcome, detail } = await ask(options, request);
      const counts = (results.outcomes[request.kind] ??= {});
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      const isFault = outcome === "wrong" || outcome === "error" || outcome === "hung";
      if (isFault && results.faults.length < MAX_FAULTS) {
        results.faults.push(`${outcome} (${request.kind}): ${detail}`);
      }
      await between();
    }
  };
  try {
    await Promise.all(Array.from({ length: streams }, stream));
  } catch (thrown) {
    if (!signal?.aborted) throw thrown;
  }
  results.seconds = (performance.now() - startedAt) / 1000;
  return results;
}

async function ask(
  options: SoakOptions,
  request: MixedRequest,
): Promise<{ outcome: SoakOutcome; detail: string }> {
  const patience = AbortSignal.timeout(request.leaveMs);
  try {
    const response = await fetch(new URL("/generate", options.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request.body),
      signal: options.signal === undefined ? patience : AbortSignal.any([patience, options.signal]),
    });
    const text = await response.text();
    if (response.ok) return await judge(options, request, text);
    return { outcome: failure(response.status, text), detail: `${response.status} ${text.slice(0, 300)}` };
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const outcome = !patience.aborted ? "error" : request.leaveMs === HANG_MS ? "hung" : "left";
    const { message, cause } = thrown as Error;
    return { outcome, detail: `${message} ${cause instanceof Error ? cause.message : ""}` };
  }
}

function failure(status: number, text: string): SoakOutcome {
  let code: unknown;
  try {
    ({ code } = JSON.parse(text) as { code?: unknown });
  } catch {
    return "error";
  }
  if (code === undefined) return "error";
  if (LOST.has(code)) return "lost";
  if (code === "timeout") return "late";
  return status < 500 ? "rejected" : "error";
}

async function judge(
  { validate }: SoakOptions,
  { schema, choice }: MixedRequest,
  text: string,
): Promise<{ outcome: SoakOutcome; detail: string }> {
  const { output } = JSON.parse(text) as { output: unknown };
  if (choice !== undefined) {
    const isOne = choice.includes(output as string);
    return { outcome: isOne ? "valid" : "wrong", detail: text.slice(0, 300) };
  }
  const { valid, message } = await validate(schema as JsonSchema, JSON.stringify(output));
  return { outcome: valid ? "valid" : "wrong", detail: `${message} in ${text.slice(0, 300)}` };
}
