import { basename } from "node:path";
import type { Vocabulary } from "../../vocabulary/index.js";
import { chooseBuild } from "../builds/choose.js";
import type { Runtime } from "../runtime.js";
import { loadWeights } from "./chooseWeights.js";
import { contextSize } from "./context.js";
import type { Decoder } from "./decoder.js";
import { keepVocabulary, knownVocabulary } from "./knownVocabulary.js";
import { LlamaRuntime } from "./llamaRuntime.js";
import { metadata } from "./model.js";
import { nativeLlama } from "./native.js";
import { type LlamaRuntimeOptions, type LlamaSettings, llamaSettings } from "./options.js";
import { OtherPrograms } from "./otherPrograms.js";
import { findRowSplit, RowSplitTrial } from "./rowSplit.js";
import { ThreadGovernor } from "./threadGovernor.js";
import { readVocabulary } from "./vocabulary.js";

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
  const loaded = await weights;
  let decoder: Decoder | null = null;
  try {
    const size = contextSize(settings, loaded.trainedContext);
    settings.onStage("vocabulary");
    const words = readVocabulary(call, loaded.model, known);
    settings.onStage("context");
    const isPrepared = words.vocabulary === known?.vocabulary;
    const [made, ready] = await Promise.allSettled([
      loaded.makeDecoder(size),
      isPrepared ? prepared : heard(settings, words.vocabulary),
    ]);
    if (made.status === "rejected") throw made.reason;
    decoder = made.value;
    if (ready.status === "rejected") throw ready.reason;
    if (store !== null && !isPrepared) keepVocabulary(settings.path, store, words.facts);
    const split = settings.threads > 1 ? findRowSplit(native) : null;
    return new LlamaRuntime({
      decoder,
      description: {
        id: settings.id ?? basename(settings.path).replace(/\.gguf$/i, ""),
        architecture: metadata(native, loaded.model, "general.architecture"),
        parameters: loaded.parameters,
        trainedContext: loaded.trainedContext,
        endOfTurn: words.endOfTurn,
      },
      vocabulary: words.vocabulary,
      tokenize: words.tokenize,
      renderChat: words.chat.render,
      chatTemplate: words.chat.source,
      promptTokenizer: words.promptTokenizer,
      contextLength: size.contextLength,
      maxSequences: settings.maxSequences,
      logitRows: settings.logitRows,
      keptPieces: settings.keptPieces,
      // A GPU does the work itself; its threads only wait.
      governor:
        settings.adaptThreads && settings.threads > 1 && native.gpus.length === 0
          ? new ThreadGovernor(settings.threads, processorsLeft())
          : null,
      rowSplit: split === null ? null : new RowSplitTrial(split),
      modelBytes: loaded.bytes,
      freeModel: loaded.free,
    });
  } catch (error) {
    decoder?.close();
    loaded.free();
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
