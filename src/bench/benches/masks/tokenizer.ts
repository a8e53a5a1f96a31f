/** Texts to tokens of a public vocabulary. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

/**
 * A tokenizer in a separate thread: its tables have half a million objects, which the garbage collector would traverse between timed
 * masks.
 */
export class Tokenizer {
  private readonly worker: Worker;

  /** `ranks` is the module that holds the vocabulary. */
  constructor(ranks: string) {
    const { resolve } = createRequire(import.meta.url);
    this.worker = new Worker(SOURCE, {
      eval: true,
      workerData: { lite: resolve("js-tiktoken/lite"), ranks: resolve(ranks) },
    });
  }

  /** The tokens of each text; spellings of special tokens count as ordinary text. One call at a time. */
  async tokenise(texts: readonly string[]): Promise<number[][]> {
    this.worker.postMessage(texts);
    const [tokens] = (await once(this.worker, "message")) as [number[][]];
    return tokens;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

const SOURCE = `
const { parentPort, workerData } = require("node:worker_threads");
const { Tiktoken } = require(workerData.lite);
const ranks = require(workerData.ranks);
const encoder = new Tiktoken(ranks.default ?? ranks);
parentPort.on("message", (texts) => parentPort.postMessage(texts.map((text) => encoder.encode(text, [], []))));
`;
