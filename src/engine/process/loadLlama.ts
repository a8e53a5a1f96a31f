import { join } from "node:path";
import { arrangedFolder, type ModelProgress, resolveModel } from "../../models/index.js";
import {
  type ChosenBuild,
  chooseBuild,
  inspectGguf,
  KeptProofs,
  type LlamaRuntimeOptions,
  loadLlamaRuntime,
  trustingMachine,
} from "../../runtime/index.js";
import { cacheFolder } from "../../system/index.js";
import type { LoadSettings } from "../options/index.js";
import type { LoadCore } from "./child.js";
import { freeMemory, planLoad } from "./memoryPlan.js";

/** The engine process's model: found or downloaded, planned for this machine, loaded by llama.cpp. */
export const loadLlama: LoadCore = async (settings, report) => {
  report.stage("download");
  const model = await resolveModel(settings.model, {
    onProgress: ({ bytes, total }: ModelProgress) =>
      report.stage("download", total === undefined || total === 0 ? undefined : bytes / total),
  });
  report.stage("load");
  const proofs = new KeptProofs();
  const { build, devices } = await chooseAccelerator(settings, proofs, report.log);
  const description = inspectGguf(model.path);
  const plan = planLoad(settings, description, { freeBytes: freeMemory(), devices });
  // The rest of the program is loaded while the library loads the weights.
  const rest = Promise.all([
    import("../../constraint/index.js"),
    import("../core/core.js"),
    import("../../constraint/service/index.js"),
  ]);
  const runtime = await loadLlamaRuntime({
    path: model.path,
    id: model.id,
    contextLength: plan.contextLength,
    maxSequences: plan.maxSequences,
    cellCapacity: plan.cellCapacity,
    batchCapacity: plan.batchCapacity,
    logitRows: plan.maxSequences + plan.draftTokens,
    keptPieces: plan.keptPieces,
    threads: plan.threads,
    build,
    // The end of a GPU library's output explains why it ended the process.
    libraryLog: build.backend === null ? "silent" : "stderr",
    gpuLayers: plan.gpuLayers,
    ...placementOf(settings),
    ...(settings.kvType === undefined ? {} : { kvType: settings.kvType }),
    ...(settings.weights === "file"
      ? {}
      : { arrangedFolder: arrangedFolder(), arrangeAlways: settings.weights === "parts" }),
    vocabularies: {
      folder: join(cacheFolder(), "vocabularies"),
      headerBytes: description.header.tensorsOffset,
    },
    onNote: report.log,
    onVocabulary: async (vocabulary) => {
      const [{ prepareFormats, prepareVocabulary }, , { keepTables }] = await rest;
      keepTables(vocabulary);
      prepareVocabulary(vocabulary);
      await prepareFormats();
    },
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
    build: build.name,
    devices,
    gpuLayers: plan.gpuLayers,
  });
  const { maxSequences, prefixTokens, prefillChunk, draftTokens } = plan;
  const [, { EngineCore }] = await rest;
  const core = new EngineCore(runtime, {
    ...settings,
    ...{ maxSequences, prefixTokens, draftTokens },
    ...(prefillChunk === undefined ? {} : { prefillChunk }),
    log: report.log,
    onHeldText: report.handedOut,
  });
  return { core, facts, onFirstInference: () => proofs.keep(build) };
};

/** The build to run; failed ones are logged. */
function chooseAccelerator(
  { accelerator, gpuLayers }: LoadSettings,
  proofs: KeptProofs,
  log: (event: string, fields: Record<string, unknown>) => void,
): Promise<ChosenBuild> {
  const wanted = accelerator === "auto" && gpuLayers === 0 ? "cpu" : accelerator;
  return chooseBuild(
    wanted,
    ({ build: { name }, failure, log: lines }) =>
      log("accelerator_rejected", { build: name, reason: failure, libraryLog: lines }),
    trustingMachine(proofs),
  );
}

function placementOf({ splitMode, mainGpu, tensorSplit }: LoadSettings): Partial<LlamaRuntimeOptions> {
  return {
    ...(splitMode === undefined ? {} : { splitMode }),
    ...(mainGpu === undefined ? {} : { mainGpu }),
    ...(tensorSplit === undefined ? {} : { tensorSplit: tensorSplit.split(",").map(Number) }),
  };
}
