import type { SurfaceDefinition } from "../surface.js";
import { completion, completionChunks } from "./answer.js";
import { type CompletionsCall, readCompletions } from "./read.js";

/** `POST /v1/completions`, OpenAI's oldest API. */
export const completionsSurface: SurfaceDefinition<CompletionsCall> = {
  read: readCompletions,
  answer: completion,
  stream: completionChunks,
};
