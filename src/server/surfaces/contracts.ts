import type { GenerationContract } from "../openapi/generation.js";
import { chatContract } from "./chat/contract.js";
import { generateContract } from "./generate/contract.js";
import { responsesContract } from "./responses/contract.js";

/** What `/openapi.json` says of each surface. */
export const contracts: readonly GenerationContract[] = [generateContract, chatContract, responsesContract];
