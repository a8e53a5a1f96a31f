import { arrangedFolder, type ModelProgress, resolveModel } from "../../models/index.js";
import { inspectGguf, loadLlamaRuntime } from "../../runtime/index.js";
import type { LoadCore } from "./child.js";
import { planLoad } from "./plan.js";

/** The engine process's model: found or downloaded, planned for this machine, loaded by llama.cpp. */
export const loadLlama: LoadCore = async (settings, report) => {
  report.stage("download");
  const model = await resolveModel(settings.model, {
    onProgress: ({ bytes, total }: ModelProgress) =>
      report.stage("download", total === undefined || total === 0 ? undefined : bytes / total),
  });
  report.stage("load");
  const plan = planLoad(settings, inspectGguf(model.path));
  // The rest of the program is read while the library loads the weights.
  const rest = Promise.all([import("../../constraint/index.js"), import("../core/core.js")]);
  const runtime = await loadLlamaRuntime({
    path: model.path,
    id: model.id,
    contextLength: plan.contextLength,
    maxSequences: plan.maxSequences,
    cellCapacity: plan.cellCapacity,
    batchCapacity: plan.batchCapacity,
    logitRows: plan.maxSequences,
    threads: plan.threads,
    ...(settings.gpuLayers === undefined ? {} : { gpuLayers: settings.gpuLayers }),
    ...(settings.kvType === undefined ? {} : { kvType: settings.kvType }),
    ...(settings.weights === "file"
      ? {}
      : { arrangedFolder: arrangedFolder(), arrangeAlways: settings.weights === "parts" }),
    onNote: report.log,
    onVocabulary: async (vocabulary) => (await rest)[0].prepareVocabulary(vocabulary),
    onStage: (stage) => report.stage(stage === "context" ? "context" : "load"),
    onProgress: (share) => report.stage("load", share),
  });
  const { model: bytes, context } = runtime.memoryBytes();
  const facts = {
    model: runtime.model.id,
    architecture: runtime.model.architecture,
    parameters: runtime.model.parameters,
    contextLength: runtime.contextLength,
    maxSequences: plan.maxSequences,
    cellCapacity: runtime.cellCapacity,
    batchCapacity: runtime.batchCapacity,
    threads: plan.threads,
    modelBytes: bytes,
    contextBytes: context,
  };
  report.log("engine_planned", {
    ...facts,
    prefixTokens: plan.prefixTokens,
    cellBytes: plan.cellBytes,
    freeBytes: plan.freeBytes,
  });
  const { maxSequences, prefixTokens } = plan;
  const [, { EngineCore }] = await rest;
  const core = new EngineCore(runtime, { ...settings, maxSequences, prefixTokens, log: report.log });
  return { core, facts };
};
