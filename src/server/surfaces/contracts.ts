import type { GenerationContract } from "../openapi/generation.js";
import { chatContract } from "./chat/contract.js";
import { completionsContract } from "./completions/contract.js";
import { generateContract } from "./generate/contract.js";
import { messagesContract } from "./messages/contract.js";
import { ollamaContracts } from "./ollama/contract.js";
import { responsesContract } from "./responses/contract.js";

/** The OpenAPI contracts of all surfaces. */
export const contracts: readonly GenerationContract[] = [
  generateContract,
  chatContract,
  responsesContract,
  completionsContract,
  messagesContract,
  ...ollamaContracts,
];
