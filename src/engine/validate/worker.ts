import { parentPort } from "node:worker_threads";
import { DocumentCheck, type Verdict } from "./documentCheck.js";

export interface CheckJob {
  key: number;
  schemaText: string;
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

parentPort?.on("message", ({ key, schemaText, text, grammarOnly }: CheckJob) => {
  const answer: CheckAnswer = { key };
  try {
    if (text === undefined) documents.prepare(schemaText, grammarOnly);
    else answer.verdict = documents.check(schemaText, text, grammarOnly);
  } catch (error) {
    answer.error = (error as Error).message;
  }
  parentPort!.postMessage(answer);
});
