export { parseBody, readErrorBody, readRetryAfter } from "./answerBody.js";
export { readEventStream, type ServerSentEvent } from "./eventStream.js";
export { type ExchangeRequest, type ExchangeSettings, exchange } from "./exchange.js";
export { type CallErrorDetails, connectionError, type MakeError } from "./fetchFailures.js";
export { patientFetch } from "./patientFetch.js";
export { type PauseSettings, Pauses } from "./pauses.js";
export { TimeLimit, type TimeLimitOptions } from "./timeLimit.js";
export { type MessageParts, wireMessage } from "./wireMessage.js";
