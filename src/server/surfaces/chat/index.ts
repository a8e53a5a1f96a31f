import type { SurfaceDefinition } from "../surface.js";
import { chatCompletion } from "./answer.js";
import { type ChatCall, readChat } from "./read.js";
import { chatChunks } from "./stream.js";

/** `POST /v1/chat/completions`, as OpenAI's clients and those of vLLM and llama-server call it. */
export const chatSurface: SurfaceDefinition<ChatCall> = {
  read: readChat,
  answer: chatCompletion,
  stream: chatChunks,
};
