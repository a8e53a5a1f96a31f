import { setTimeout as pause } from "node:timers/promises";
import type { JsonSchema } from "../../../types.js";

/** Options of the bench. */
export interface HostileOptions {
  /** A server of Formwork's that is ready. */
  url: string;
  schemas: Readonly<Record<string, JsonSchema>>;
  /** Number of concurrent hostile requests in the second part; 0 skips it. */
  together: number;
  /** Milliseconds after which a hostile client gives up. */
  timeoutMs: number;
  /** Milliseconds of the ordinary client alone, and next to neighbours with ordinary schemas. */
  aloneMs: number;
  onCase?: (result: HostileCase) => void;
  signal?: AbortSignal;
}

/** One or several concurrent hostile schemas next to the ordinary client. Times are in milliseconds, memory in bytes. */
export interface HostileCase {
  name: string;
  /** The answer to each: status and code, or `left` after a timeout of the client. */
  answers: string[];
  hostileMs: number;
  /** The slowest answer to the ordinary client during that time, and of `/health`. */
  ordinaryMs: number;
  healthMs: number;
  memory: ProcessMemory;
  restarts: number;
}

export interface ProcessMemory {
  server: number;
  engine: number;
}

/** Answers to the ordinary client, median and slowest, and the slowest of `/health`. */
export interface OrdinaryTimes {
  medianMs: number;
  worstMs: number;
  healthMs: number;
}

export interface HostileResults {
  alone: OrdinaryTimes;
  /**
   * The controls: next to one neighbour with an ordinary schema, and next to as many as there are concurrent hostile requests. The excess
   * over these is the effect of hostile schemas; the rest is that of the model, which computes for both.
   */
  besideOne: OrdinaryTimes;
  besideMany: OrdinaryTimes | undefined;
  memoryBefore: ProcessMemory;
  /** At the end, after memory has had time to be freed. */
  memoryAfter: ProcessMemory;
  cases: HostileCase[];
}

/** Goals: added latency, `/health`, retained memory. */
export const HOSTILE_REACH = { addedMs: 250, healthMs: 50, memoryBytes: 600e6, restarts: 0 };

/** Milliseconds between requests of `/health`. */
const HEALTH_EVERY_MS = 20;

/** How long the ordinary client runs before anything is measured. */
const WARM_MS = 4000;

/** Time for memory to be freed: idle workers are terminated. */
const SETTLE_MS = 15_000;

const ORDINARY: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 20 },
    year: { type: "integer", minimum: 0, maximum: 2100 },
  },
  required: ["name", "year"],
  additionalProperties: false,
};

/** A schema of ordinary length; each `variant` differs, so that its prompt is not cached. */
function usualSchema(variant: number): JsonSchema {
  return {
    type: "object",
    properties: {
      [`order_${variant}`]: { type: "string", description: "number of the order", maxLength: 12 },
      customer: {
        type: "object",
        properties: {
          name: { type: "string", description: "full name", maxLength: 24 },
          country: { enum: ["DE", "FR", "JP", "US"], description: "where the customer lives" },
        },
        required: ["name", "country"],
        additionalProperties: false,
      },
      items: {
        type: "array",
        items: {
          type: "object",
          properties: {
            article: { type: "string", description: "what was ordered", maxLength: 24 },
            count: { type: "integer", minimum: 1, maximum: 99, description: "how many of it" },
          },
          required: ["article", "count"],
          additionalProperties: false,
        },
        minItems: 1,
        maxItems: 2,
      },
      note: { type: "string", description: "what else there is to say", maxLength: 40 },
    },
    required: [`order_${variant}`, "customer", "items", "note"],
    additionalProperties: false,
  };
}

/** Runs each hostile schema alone and then several at once, next to a client with an ordinary request. */
export async function benchHostile(options: HostileOptions): Promise<HostileResults> {
  const { url, schemas, together, aloneMs, onCase, signal } = options;
  // The first requests of a server are slower, because its code is not compiled yet.
  await beside(url, () => pause(WARM_MS));
  const alone = timesOf(await beside(url, () => pause(aloneMs)));
  let variant = 0;
  const besideNeighbours = async (count: number) => {
    const until = performance.now() + aloneMs;
    const neighbour = async () => {
      do await otherRequest(options, usualSchema(variant++));
      while (performance.now() < until);
    };
    return timesOf(await beside(url, () => Promise.all(Array.from({ length: count }, neighbour))));
  };
  const besideOne = await besideNeighbours(1);
  const besideMany = together > 0 ? await besideNeighbours(together) : undefined;
  const memoryBefore = (await readFacts(url)).memory;
  const cases: HostileCase[] = [];
  const run = async (name: string, group: readonly JsonSchema[]) => {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    let answers: string[] = [];
    const { ordinary, health } = await beside(url, async () => {
      answers = await Promise.all(group.map((schema) => otherRequest(options, schema)));
    });
    const { memory, restarts } = await readFacts(url);
    const result: HostileCase = {
      name,
      answers,
      hostileMs: performance.now() - startedAt,
      ordinaryMs: Math.max(...ordinary),
      healthMs: Math.max(...health),
      memory,
      restarts,
    };
    cases.push(result);
    onCase?.(result);
  };
  const named = Object.entries(schemas);
  for (const [name, schema] of named) await run(name, [schema]);
  for (let at = 0; together > 0 && at < named.length; at += together) {
    const group = named.slice(at, at + together);
    await run(
      `${group.length} at once, from "${group[0][0]}"`,
      group.map(([, schema]) => schema),
    );
  }
  await pause(SETTLE_MS);
  return {
    alone,
    besideOne,
    besideMany,
    memoryBefore,
    memoryAfter: (await readFacts(url)).memory,
    cases,
  };
}

interface Measured {
  ordinary: number[];
  health: number[];
}

function timesOf({ ordinary, health }: Measured): OrdinaryTimes {
  const sorted = ordinary.sort((a, b) => a - b);
  return {
    medianMs: sorted[sorted.length >> 1],
    worstMs: sorted[sorted.length - 1],
    healthMs: Math.max(...health),
  };
}

/** The times of the ordinary client and of `/health` during `work`, at least one each. */
async function beside(url: string, work: () => Promise<unknown>): Promise<Measured> {
  let over = false;
  const ordinary: number[] = [];
  const health: number[] = [];
  const body = JSON.stringify({ prompt: "Ada Lovelace, 1815", schema: ORDINARY, max_tokens: 40, seed: 1 });
  const ask = async () => {
    do ordinary.push(await timed(() => post(url, body)));
    while (!over);
  };
  const look = async () => {
    do {
      health.push(await timed(() => fetch(new URL("/health", url)).then((response) => response.text())));
      await pause(HEALTH_EVERY_MS);
    } while (!over);
  };
  const finished = work().finally(() => {
    over = true;
  });
  await Promise.all([finished, ask(), look()]);
  return { ordinary, health };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function post(
  url: string,
  body: string,
  signal?: AbortSignal,
): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL("/generate", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, text: await response.text() };
}

/** Requests a document with `schema` next to the ordinary client; returns how it was answered. */
async function otherRequest({ url, timeoutMs }: HostileOptions, schema: JsonSchema): Promise<string> {
  const body = JSON.stringify({
    prompt: "Write what fits, with ein paar Wörter, 日本語 and 🙂.",
    schema,
    max_tokens: 64,
  });
  try {
    const { status, text } = await post(url, body, AbortSignal.timeout(timeoutMs));
    return status === 200 ? "200" : `${status} ${(JSON.parse(text) as { code?: string }).code ?? ""}`;
  } catch (thrown) {
    return (thrown as Error).name === "TimeoutError" ? "left" : `no answer: ${(thrown as Error).message}`;
  }
}

/** Memory and restarts, from the metrics. */
async function readFacts(url: string): Promise<{ memory: ProcessMemory; restarts: number }> {
  const text = await fetch(new URL("/metrics", url)).then((response) => response.text());
  const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
  return {
    memory: { server: value("process_resident_memory_bytes"), engine: value("formwork_engine_memory_bytes") },
    restarts: value("formwork_engine_restarts_total"),
  };
}
