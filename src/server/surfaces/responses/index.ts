import type { SurfaceDefinition } from "../surface.js";
import { finishedResponse } from "./answer.js";
import { type ResponsesCall, readResponses } from "./read.js";
import { ResponseEvents } from "./stream.js";

/** `POST /v1/responses`: OpenAI's newer API; stateless. */
export const responsesSurface: SurfaceDefinition<ResponsesCall> = {
  read: readResponses,
  answer: ([result], call, head) => finishedResponse(result, call, head),
  stream: (call, head) => new ResponseEvents(call, head),
};
