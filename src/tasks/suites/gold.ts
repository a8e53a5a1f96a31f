import type { JsonSchema, JsonValue } from "../../types.js";
import { judgeGold } from "../judge/gold.js";
import type { TaskCase } from "../task.js";

export interface GoldCase {
  id: string;
  prompt: string;
  system?: string;
  schema: JsonSchema;
  /** The reference answer; only its members are judged. */
  gold: JsonValue;
  maxTokens?: number;
}

/** Cases of one request with a known answer; `shared` is the default system message. */
export function goldCases(suite: string, cases: readonly GoldCase[], shared?: string): TaskCase[] {
  return cases.map(({ id, prompt, system = shared, schema, gold, maxTokens = 300 }) => ({
    id,
    suite,
    steps: [
      {
        task: "generate",
        request: () => ({ ...(system === undefined ? {} : { system }), prompt, schema, maxTokens }),
      },
    ],
    reference: [gold],
    judge: async ([output]) => judgeGold(gold, output),
  }));
}

/** An object with all its properties required and no others. */
export function record(properties: Record<string, unknown>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}
