export { readEventStream, type ServerSentEvent } from "./eventStream.js";
