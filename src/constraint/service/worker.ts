import { parentPort, workerData } from "node:worker_threads";
import { asLimitError, LimitError, toFormworkError } from "../../errors.js";
import { lowerPriority, ownThreadId } from "../../system/index.js";
import { prepareFormats, prepareVocabulary } from "../index.js";
import { ServedDocument } from "./follower.js";
import { Grammars } from "./grammars.js";
import type { Job, ReadyMessage, Reply, StartedMessage, WorkerMessage, WorkerSetup } from "./messages.js";
import { unpackVocabulary } from "./packedVocabulary.js";
import type { CompileReport, ConstraintSource } from "./service.js";

/** Program of the threads that compile constraints and follow documents. */

const { vocabulary: packed, limits } = workerData as WorkerSetup;
const vocabulary = unpackVocabulary(packed);
const grammars = new Grammars(limits);
const documents = new Map<number, ServedDocument>();

yieldProcessor();
prepareVocabulary(vocabulary);
await prepareFormats();

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
  const grammar = grammars.of(source);
  const tokensToEnd = grammar.matcher(vocabulary).tokensToEnd();
  return { warnings: grammar.warnings, tokensToEnd };
}

function documentOf({ matcher, begin }: Job & { type: "step" }): ServedDocument {
  if (begin === undefined) return documents.get(matcher)!;
  const mask = new Uint32Array(begin.mask);
  const document = new ServedDocument(grammars.of(begin.source), vocabulary, mask, begin.accepted);
  documents.set(matcher, document);
  return document;
}

/** Reports the thread's number and lowers its priority relative to the other threads of the process. */
function yieldProcessor(): void {
  const systemId = ownThreadId();
  if (systemId === undefined) return;
  parentPort!.postMessage({ type: "started", systemId } satisfies StartedMessage);
  lowerPriority(systemId);
}
