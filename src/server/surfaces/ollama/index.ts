import type { SurfaceCall, SurfaceDefinition } from "../surface.js";
import { asMessage, asResponse, loadedAnswer, ollamaAnswer, ollamaLines, type SaidShape } from "./answer.js";
import { modelToLoad, readOllamaChat, readOllamaGenerate } from "./read.js";

const streamType = "application/x-ndjson";

function surface(read: typeof readOllamaChat, shape: SaidShape): SurfaceDefinition<SurfaceCall> {
  return {
    streamType,
    read,
    loading: { model: modelToLoad, answer: (head) => loadedAnswer(shape, head) },
    answer: ([result], call, head) => ollamaAnswer(shape, result, call, head),
    stream: (call, head) => ollamaLines(shape, call, head),
  };
}

/** `POST /api/chat`, for Ollama's clients. */
export const ollamaChatSurface = surface(readOllamaChat, asMessage);

/** `POST /api/generate`, for Ollama's clients. */
export const ollamaGenerateSurface = surface(readOllamaGenerate, asResponse);
