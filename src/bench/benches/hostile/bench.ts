import { setTimeout as pause } from "node:timers/promises";
import type { JsonSchema } from "../../../types.js";

/** What is measured, and against what. */
export interface HostileOptions {
  /** A server of Formwork's that is ready. */
  url: string;
  schemas: Readonly<Record<string, JsonSchema>>;
  /** Hostile requests at once in the second part; 0 leaves it out. */
  together: number;
  /** Milliseconds after which a hostile client gives up. */
  patienceMs: number;
  /** Milliseconds of the ordinary client alone. */
  aloneMs: number;
  onCase?: (result: HostileCase) => void;
  signal?: AbortSignal;
}

/** One hostile schema, or several at once, beside the ordinary client. Times are in milliseconds, memory in bytes. */
export interface HostileCase {
  name: string;
  /** How each was answered: status and code, or `left` where the client gave up. */
  answers: string[];
  hostileMs: number;
  /** The slowest answer to the ordinary client while it lasted, and to `/health`. */
  ordinaryMs: number;
  healthMs: number;
  memory: ProcessMemory;
  restarts: number;
}

export interface ProcessMemory {
  server: number;
  engine: number;
}

export interface HostileResults {
  /** The ordinary client alone: median and slowest. */
  alone: { medianMs: number; worstMs: number; healthMs: number };
  memoryBefore: ProcessMemory;
  /** After everything, when memory has had time to be given back. */
  memoryAfter: ProcessMemory;
  cases: HostileCase[];
}

/** How much worse things may get: added latency, `/health`, memory kept. */
export const HOSTILE_REACH = { addedMs: 250, healthMs: 50, memoryBytes: 600e6, restarts: 0 };

/** Milliseconds between two looks at `/health`. */
const HEALTH_EVERY_MS = 20;

/** How long the ordinary client runs before anything is measured. */
const WARM_MS = 4000;

/** How long memory gets to be given back: idle workers are ended. */
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

/** Every hostile schema alone and then several at once, beside a client with an ordinary wish. */
export async function benchHostile(options: HostileOptions): Promise<HostileResults> {
  const { url, schemas, together, aloneMs, onCase, signal } = options;
  // The first requests of a server pay for code that later ones find compiled.
  await beside(url, () => pause(WARM_MS));
  const alone = await beside(url, () => pause(aloneMs));
  const memoryBefore = (await readFacts(url)).memory;
  const cases: HostileCase[] = [];
  const run = async (name: string, group: readonly JsonSchema[]) => {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    let answers: string[] = [];
    const { ordinary, health } = await beside(url, async () => {
      answers = await Promise.all(group.map((schema) => hostileRequest(options, schema)));
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
  const sorted = alone.ordinary.sort((a, b) => a - b);
  return {
    alone: {
      medianMs: sorted[sorted.length >> 1],
      worstMs: sorted[sorted.length - 1],
      healthMs: Math.max(...alone.health),
    },
    memoryBefore,
    memoryAfter: (await readFacts(url)).memory,
    cases,
  };
}

/** The ordinary client's times and those of `/health` while `work` lasts, at least one each. */
async function beside(
  url: string,
  work: () => Promise<unknown>,
): Promise<{ ordinary: number[]; health: number[] }> {
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

async function hostileRequest({ url, patienceMs }: HostileOptions, schema: JsonSchema): Promise<string> {
  const body = JSON.stringify({
    prompt: "Write what fits, with ein paar Wörter, 日本語 and 🙂.",
    schema,
    max_tokens: 64,
  });
  try {
    const { status, text } = await post(url, body, AbortSignal.timeout(patienceMs));
    return status === 200 ? "200" : `${status} ${(JSON.parse(text) as { code?: string }).code ?? ""}`;
  } catch (thrown) {
    return (thrown as Error).name === "TimeoutError" ? "left" : `no answer: ${(thrown as Error).message}`;
  }
}

/** What the metrics say of memory and restarts. */
async function readFacts(url: string): Promise<{ memory: ProcessMemory; restarts: number }> {
  const text = await fetch(new URL("/metrics", url)).then((response) => response.text());
  const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
  return {
    memory: { server: value("process_resident_memory_bytes"), engine: value("formwork_engine_memory_bytes") },
    restarts: value("formwork_engine_restarts_total"),
  };
}
