import { parentPort } from "node:worker_threads";
import type { SchemaSource } from "../../types.js";
import { DocumentCheck, type Verdict } from "./documentCheck.js";

export interface CheckJob {
  key: number;
  source: SchemaSource;
  /** Undefined: only make the schema ready. */
  text?: string;
  /** Judge by the grammar alone, and why. */
  grammarOnly?: string;
}

export interface CheckAnswer {
  key: number;
  verdict?: Verdict;
  error?: string;
}

const documents = new DocumentCheck();

parentPort?.on("message", ({ key, source, text, grammarOnly }: CheckJob) => {
  const answer: CheckAnswer = { key };
  try {
    if (text === undefined) documents.prepare(source, grammarOnly);
    else answer.verdict = documents.check(source, text, grammarOnly);
  } catch (error) {
    answer.error = (error as Error).message;
  }
  parentPort!.postMessage(answer);
});
