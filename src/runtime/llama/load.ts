import { basename } from "node:path";
import type { Vocabulary } from "../../vocabulary/index.js";
import { chooseBuild } from "../builds/choose.js";
import type { Runtime } from "../runtime.js";
import type { Pointer } from "./abi.js";
import { cellBytes, contextSize, makeContext } from "./context.js";
import { keepVocabulary, knownVocabulary } from "./knownVocabulary.js";
import { LlamaRuntime } from "./llamaRuntime.js";
import { metadata } from "./model.js";
import { nativeLlama } from "./native.js";
import { type LlamaRuntimeOptions, type LlamaSettings, llamaSettings } from "./options.js";
import { OtherPrograms } from "./otherPrograms.js";
import { findRowSplit, RowSplitTrial } from "./rowSplit.js";
import { ThreadGovernor } from "./threadGovernor.js";
import { readVocabulary } from "./vocabulary.js";
import { addTerms, loadWeights } from "./weights.js";

/**
 * Loads a model in this thread: libraries, weights, vocabulary, KV cells. Calls into the library block. Throws `model_unavailable`
 * with what to do for problems of the libraries, the file or memory, and `wrong_usage` for invalid options.
 */
export async function loadLlamaRuntime(options: LlamaRuntimeOptions): Promise<Runtime> {
  const settings = llamaSettings(options);
  settings.onStage("library");
  const build = settings.build ?? (await chooseBuild(settings.accelerator)).build;
  const native = nativeLlama(build, settings.libraryLog);
  const { call } = native;
  settings.onStage("load");
  const weights = loadWeights(native, settings);
  // While the library loads them: the cached vocabulary, and its tables.
  const store = settings.vocabularies;
  const known = store === null ? undefined : knownVocabulary(settings.path, store);
  const prepared = known === undefined ? undefined : heard(settings, known.vocabulary);
  const { model, terms, bytes } = await weights;
  let context: Pointer = null;
  try {
    const trainedContext = call.llama_model_n_ctx_train(model);
    const size = contextSize(settings, trainedContext);
    settings.onStage("vocabulary");
    const words = readVocabulary(call, model, known);
    settings.onStage("context");
    const isPrepared = words.vocabulary === known?.vocabulary;
    const [made, ready] = await Promise.allSettled([
      makeContext(native, model, settings, size),
      isPrepared ? prepared : heard(settings, words.vocabulary),
    ]);
    if (made.status === "rejected") throw made.reason;
    context = made.value;
    if (ready.status === "rejected") throw ready.reason;
    if (store !== null && !isPrepared) keepVocabulary(settings.path, store, words.facts);
    addTerms(native, context, terms);
    const split = settings.threads > 1 ? findRowSplit(native) : null;
    return new LlamaRuntime({
      call,
      model,
      context,
      description: {
        id: settings.id ?? basename(settings.path).replace(/\.gguf$/i, ""),
        architecture: metadata(native, model, "general.architecture"),
        parameters: Number(call.llama_model_n_params(model)),
        trainedContext,
        endOfTurn: words.endOfTurn,
      },
      vocabulary: words.vocabulary,
      tokenize: words.tokenize,
      renderChat: words.chat.render,
      chatTemplate: words.chat.source,
      promptTokenizer: words.promptTokenizer,
      contextLength: size.contextLength,
      maxSequences: settings.maxSequences,
      batchCapacity: call.llama_n_batch(context),
      cellCapacity: call.llama_n_ctx(context),
      logitRows: settings.logitRows,
      keptPieces: settings.keptPieces,
      decodesAside: native.gpus.length > 0 && settings.gpuLayers !== 0,
      // With a GPU, CPU threads only wait.
      governor:
        settings.adaptThreads && settings.threads > 1 && native.gpus.length === 0
          ? new ThreadGovernor(settings.threads, processorsLeft())
          : null,
      rowSplit: split === null ? null : new RowSplitTrial(split),
      bytes: {
        model: bytes,
        context: cellBytes(native, model, call.llama_n_ctx(context), settings.kvType),
      },
    });
  } catch (error) {
    if (context !== null) call.llama_free(context);
    call.llama_model_free(model);
    throw error;
  }
}

/** Passes the vocabulary on. A rejection is kept until the result is awaited. */
function heard({ onVocabulary }: LlamaSettings, vocabulary: Vocabulary): Promise<void> {
  const passed = (async () => onVocabulary(vocabulary))();
  passed.catch(() => {});
  return passed;
}

function processorsLeft(): () => number {
  const programs = new OtherPrograms();
  return () => programs.processorsLeft();
}
