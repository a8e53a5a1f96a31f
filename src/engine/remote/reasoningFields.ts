import { reasoningBudget } from "../answer/plan.js";
import type { GenerateRequest, ReasoningSettings } from "../engine.js";
import type { RemoteKind } from "./protocols/protocol.js";

/** The variables by which chat templates turn reasoning on and off: most use the first, DeepSeek and Kimi the second. */
function templateSwitch({ enabled }: ReasoningSettings): Record<string, unknown> {
  return { chat_template_kwargs: { enable_thinking: enabled, thinking: enabled } };
}

function effortOf({ enabled, effort }: ReasoningSettings): Record<string, unknown> {
  return enabled && effort !== undefined ? { reasoning_effort: effort } : {};
}

/** The fields for reasoning by kind of server; the table of request fields lists what each kind supports. */
const FIELDS: Readonly<
  Record<RemoteKind, (reasoning: ReasoningSettings, budget: number) => Record<string, unknown>>
> = {
  vllm: (reasoning, budget) => ({
    ...templateSwitch(reasoning),
    ...effortOf(reasoning),
    ...(reasoning.enabled ? { thinking_token_budget: budget } : {}),
  }),
  sglang: (reasoning) => ({ ...templateSwitch(reasoning), ...effortOf(reasoning) }),
  "llama-server": (reasoning, budget) => ({
    ...templateSwitch(reasoning),
    ...effortOf(reasoning),
    ...(reasoning.enabled ? { thinking_budget_tokens: budget } : {}),
  }),
  // Its only field. Some models do not reason unless they are asked to.
  openai: ({ enabled, effort = "medium" }) => ({ reasoning_effort: enabled ? effort : "none" }),
  formwork: ({ enabled, maxTokens, effort }) => ({
    reasoning: {
      enabled,
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(effort === undefined ? {} : { effort }),
    },
  }),
};

/** Fields that ask a server of this kind to reason, or not to, as the request does. */
export function reasoningFields(
  { reasoning, maxTokens }: GenerateRequest,
  kind: RemoteKind,
): Record<string, unknown> {
  return reasoning === undefined ? {} : FIELDS[kind](reasoning, reasoningBudget({ reasoning, maxTokens }));
}

/** Names on `/generate` of the request's settings of reasoning that servers of this kind do not support. */
export function ignoredReasoning({ reasoning }: GenerateRequest, kind: RemoteKind): string[] {
  const hasBudget = kind !== "sglang" && kind !== "openai";
  return reasoning?.maxTokens !== undefined && !hasBudget ? ["reasoning.max_tokens"] : [];
}

/** The names among `rejected`, the fields that a server rejected, that the caller set. */
export function namesAsked(rejected: readonly string[], { reasoning }: GenerateRequest): string[] {
  return rejected.flatMap((name) => {
    if (name === "reasoning.max_tokens" && reasoning?.maxTokens === undefined) return [];
    return name === "reasoning.effort" && reasoning?.effort === undefined ? ["reasoning"] : [name];
  });
}
