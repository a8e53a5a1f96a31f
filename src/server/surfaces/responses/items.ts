import type { GenerateResult } from "../../../engine/index.js";
import { toLogprob } from "../logprobs.js";
import { customInput } from "../openai/customTools.js";

/** An item of the output. */
export type OutputItem = Record<string, unknown> & { id: string; type: string };

export interface TextPart {
  text: string;
  logprobs: readonly unknown[];
}

export function textPart({ text, logprobs }: TextPart) {
  return { type: "output_text", text, annotations: [], logprobs };
}

export function reasoningPart(text: string) {
  return { type: "reasoning_text", text };
}

export function messageItem(id: string, status: string, parts: readonly TextPart[]): OutputItem {
  return { id: `msg_${id}`, type: "message", status, role: "assistant", content: parts.map(textPart) };
}

export function reasoningItem(id: string, texts: readonly string[]): OutputItem {
  return { id: `rs_${id}`, type: "reasoning", summary: [], content: texts.map(reasoningPart) };
}

export function callItem(
  id: string,
  status: string,
  call: { id: string; name: string; arguments: string },
): OutputItem {
  return {
    id: `fc_${id}`,
    type: "function_call",
    status,
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
  };
}

export function customCallItem(
  id: string,
  status: string,
  call: { id: string; name: string; input: string },
): OutputItem {
  return {
    id: `ctc_${id}`,
    type: "custom_tool_call",
    status,
    call_id: call.id,
    name: call.name,
    input: call.input,
  };
}

/** All items of an answer: reasoning, text, calls. There is a text item, possibly empty, unless tools are called. */
export function outputItems(
  result: GenerateResult,
  id: string,
  isCut: boolean,
  customTools: ReadonlySet<string>,
): OutputItem[] {
  const { reasoning, text, toolCalls = [], logprobs = [] } = result;
  const items: ((id: string) => OutputItem)[] = [];
  if (reasoning !== undefined && reasoning !== "") items.push((own) => reasoningItem(own, [reasoning]));
  if (text !== "" || toolCalls.length === 0) {
    const status = isCut ? "incomplete" : "completed";
    items.push((own) => messageItem(own, status, [{ text, logprobs: logprobs.map(toLogprob) }]));
  }
  for (const call of toolCalls) {
    items.push((own) =>
      customTools.has(call.name)
        ? customCallItem(own, "completed", { ...call, input: customInput(call.arguments) })
        : callItem(own, "completed", call),
    );
  }
  return items.map((make, index) => make(`${id}_${index}`));
}
