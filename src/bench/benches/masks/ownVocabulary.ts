import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { compiledEntry } from "../../../system/index.js";
import type { MaskFigures } from "../../results.js";
import type { MaskCase } from "./cases.js";

/** How the figures with the vocabulary of the cases themselves are named beside those of another. */
const OWN_VOCABULARY = "own vocabulary";

/**
 * The same engine with the cases' own vocabulary, case by case in turns: in a thread with modules and a heap of its own,
 * so that neither side finds what the other has worked out.
 */
export class OwnVocabularyRun {
  private readonly worker: Worker;

  constructor(folder: string) {
    this.worker = new Worker(compiledEntry(import.meta.url, "./ownVocabularyWorker.js"), {
      workerData: folder,
    });
  }

  async run(one: MaskCase, signal?: AbortSignal): Promise<void> {
    await this.ask(one, signal);
  }

  async figures(): Promise<MaskFigures> {
    return { ...((await this.ask(null)) as MaskFigures), engine: OWN_VOCABULARY };
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private async ask(one: MaskCase | null, signal?: AbortSignal): Promise<unknown> {
    this.worker.postMessage(one);
    const [answer] = await once(this.worker, "message", { signal });
    return answer;
  }
}
