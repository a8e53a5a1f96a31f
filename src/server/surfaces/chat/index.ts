import type { SurfaceDefinition } from "../surface.js";
import { chatCompletion } from "./answer.js";
import { type ChatCall, readChat } from "./read.js";
import { chatChunks } from "./stream.js";

/** `POST /v1/chat/completions`, for clients of OpenAI, vLLM and llama-server. */
export const chatSurface: SurfaceDefinition<ChatCall> = {
  read: readChat,
  answer: chatCompletion,
  stream: chatChunks,
};
