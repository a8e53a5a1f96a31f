export type {
  Answer,
  ChatAnswer,
  ChatOptions,
  ChatOutputOf,
  ChatStream,
  Client,
  ConversationOptions,
  DocumentStream,
  GenerateOptions,
  Message,
  ToolDefinition,
} from "./client.js";
export type {
  AnswerBody,
  AnswerPart,
  CallOptions,
  Connection,
  ConnectionEvent,
  GenerateBody,
  Health,
  Readiness,
  ReceivedAnswer,
  Warmup,
} from "./connection.js";
export {
  type ClientOptions,
  type ClientRetries,
  type ClientTimeouts,
  clientOver,
  createClient,
} from "./createClient.js";
export { ClientError } from "./errors.js";
export { PartialDocument } from "./partialDocument.js";
export { type RecordOptions, record } from "./record/record.js";
export { replay } from "./record/replay.js";
export type { FromSchema, Partially } from "./schema/infer.js";
export type { CheckedSchema, OutputOf, SchemaInput } from "./schema/prepare.js";
export type { StandardSchema } from "./schema/standard.js";
export {
  isWarm,
  type WaitUntilWarmOptions,
  type WarmProgress,
  type WarmReport,
  waitUntilWarm,
} from "./warm.js";
