import { parentPort, workerData } from "node:worker_threads";
import { readCases, readVocabulary, type Shard } from "./cases.js";
import { MaskRun } from "./run.js";

// A shard comes in, an empty message goes out when it has been run; for null the figures of all shards.

const folder = workerData as string;
const run = new MaskRun(await readVocabulary(folder));

parentPort!.on("message", async (shard: Shard | null) => {
  if (shard === null) {
    parentPort!.postMessage(run.figures());
    return;
  }
  for await (const one of readCases(folder, shard)) run.run(one);
  parentPort!.postMessage(undefined);
});
