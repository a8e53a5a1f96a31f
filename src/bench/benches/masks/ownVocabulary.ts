import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { compiledEntry } from "../../../system/index.js";
import type { MaskFigures } from "../../results.js";
import type { MaskCase } from "./cases.js";

/** Name of the figures with the cases' own vocabulary. */
const OWN_VOCABULARY = "own vocabulary";

/**
 * The same engine with the cases' own vocabulary, alternating case by case, in a thread with separate modules and heap, so that the sides
 * share no caches.
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
