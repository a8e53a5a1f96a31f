import type { SurfaceCall, SurfaceDefinition } from "../surface.js";
import { wholeMessage } from "./answer.js";
import { readAnthropic } from "./read.js";
import { MessageEvents } from "./stream.js";

/** `POST /v1/messages`, for Anthropic's clients. */
export const messagesSurface: SurfaceDefinition<SurfaceCall> = {
  read: readAnthropic,
  answer: ([result], call, head) => wholeMessage(result, call, head),
  stream: (call, head) => new MessageEvents(call, head),
};
