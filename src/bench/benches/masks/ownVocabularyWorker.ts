import { parentPort, workerData } from "node:worker_threads";
import { prepareFormats } from "../../../constraint/index.js";
import { type MaskCase, readVocabulary } from "./cases.js";
import { MaskRun } from "./run.js";

// Receives a case and answers with an empty message when it has run; answers null with the figures of all cases.

await prepareFormats();
const run = new MaskRun(await readVocabulary(workerData as string));

parentPort!.on("message", (one: MaskCase | null) => {
  if (one !== null) run.run(one);
  parentPort!.postMessage(one === null ? run.figures() : undefined);
});
