import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { asLimitError, LimitError, toFormworkError } from "../../errors.js";
import { BoundedCache } from "../../system/index.js";
import { compileSchema, compileSegments, type Grammar, prepareVocabulary } from "../index.js";
import { ServedDocument } from "./follower.js";
import type { Job, ReadyMessage, Reply, WorkerMessage, WorkerSetup } from "./messages.js";
import { unpackVocabulary } from "./packedVocabulary.js";
import type { CompileReport, ConstraintSource } from "./service.js";

/** The thread that compiles constraints and follows documents. */

/** Grammars kept for the next document of the same source, by what they have worked out. */
const MAX_GRAMMARS = 64;
const MAX_GRAMMAR_BYTES = 64 << 20;

/** How far below the other threads of the process this one is scheduled (`nice`). */
const NICENESS = 10;

const { vocabulary: packed, limits } = workerData as WorkerSetup;
const vocabulary = unpackVocabulary(packed);
const grammars = new BoundedCache<Grammar>({ maxEntries: MAX_GRAMMARS, maxBytes: MAX_GRAMMAR_BYTES });
const documents = new Map<number, ServedDocument>();

yieldProcessor();
prepareVocabulary(vocabulary);

parentPort!.postMessage({ type: "ready" } satisfies ReadyMessage);
parentPort!.on("message", (message: WorkerMessage) => {
  if (message.type === "forget") documents.delete(message.matcher);
  else parentPort!.postMessage(answer(message));
});

function answer(job: Job): Reply {
  try {
    if (job.type === "compile") return { type: "compiled", report: compile(job.source) };
    return { type: "stepped", state: documentOf(job).step(job.step) };
  } catch (thrown) {
    if (job.type === "step") documents.delete(job.matcher);
    const error = toFormworkError(asLimitError(thrown));
    const limit = error instanceof LimitError ? { limit: error.limit } : {};
    return { type: "failed", error: error.toBody(), ...limit };
  }
}

function compile(source: ConstraintSource): CompileReport {
  const grammar = grammarOf(source);
  const tokensToEnd = grammar.matcher(vocabulary).tokensToEnd();
  return { warnings: grammar.warnings, tokensToEnd };
}

function documentOf({ matcher, begin }: Job & { type: "step" }): ServedDocument {
  if (begin === undefined) return documents.get(matcher)!;
  const mask = new Uint32Array(begin.mask);
  const document = new ServedDocument(grammarOf(begin.source), vocabulary, mask, begin.accepted);
  documents.set(matcher, document);
  return document;
}

function grammarOf(source: ConstraintSource): Grammar {
  const key = JSON.stringify(source);
  const grammar = grammars.get(key) ?? compileSource(source);
  // What a grammar holds grows as it is followed.
  grammars.set(key, grammar, grammar.byteLength + key.length);
  return grammar;
}

function compileSource(source: ConstraintSource): Grammar {
  const options = { ...source.options, limits: { ...limits, ...source.options?.limits } };
  if (source.kind === "segments") return compileSegments(source.segments, options);
  const { schemaText, documents } = source;
  return compileSchema(schemaText, { ...options, ...(documents === undefined ? {} : { documents }) });
}

/** Threads have priorities of their own on Linux only; elsewhere the workers compete as equals. */
function yieldProcessor(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), NICENESS);
  } catch {
    // No /proc, or not permitted: slower for the others, no less right.
  }
}
