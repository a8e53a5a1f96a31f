import { parentPort } from "node:worker_threads";
import { ownThreadId } from "../../system/index.js";
import type { SchemaSource } from "../../types.js";
import { DocumentCheck } from "./documentCheck.js";
import type { Verdict } from "./judge.js";

export interface CheckJob {
  key: number;
  source: SchemaSource;
  /** Undefined: only compile the schema. */
  text?: string;
}

/** From the thread, once, when it has loaded and is ready for its first job. */
export interface CheckReady {
  ready: true;
  /** The thread's number, if the system numbers threads. */
  systemId: number | undefined;
}

/** From the thread, once per job. */
export interface CheckAnswer {
  key: number;
  verdict?: Verdict;
  /** Why there is no verdict: no validator can compile the schema, or finish with it. */
  failure?: string;
}

export type CheckMessage = CheckReady | CheckAnswer;

const documents = new DocumentCheck();

parentPort?.on("message", async ({ key, source, text }: CheckJob) => {
  const answer: CheckAnswer = { key };
  try {
    if (text === undefined) await documents.prepare(source);
    else answer.verdict = await documents.check(source, text);
  } catch (error) {
    answer.failure = (error as Error).message;
  }
  parentPort!.postMessage(answer);
});

// Loads what nearly every schema needs in advance.
await documents.prepare({ schemaText: "true" });
parentPort?.postMessage({ ready: true, systemId: ownThreadId() } satisfies CheckReady);
