import type { EngineEvent, GenerateResult } from "../../../engine/index.js";
import type { FormworkError } from "../../../errors.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import { toLogprob } from "../logprobs.js";
import { CustomInput } from "../openai/customTools.js";
import { openaiErrorBody } from "../openai/errorBody.js";
import type { AnswerHead } from "../surface.js";
import { finishedResponse, isCut, responseObject } from "./answer.js";
import {
  callItem,
  customCallItem,
  messageItem,
  type OutputItem,
  reasoningItem,
  reasoningPart,
  textPart,
} from "./items.js";
import type { ResponsesCall } from "./read.js";

/** The open item. */
type OpenItem =
  | { kind: "message"; text: string; logprobs: unknown[] }
  | { kind: "reasoning"; text: string }
  | { kind: "call"; text: string; id: string; name: string }
  | { kind: "custom"; text: string; id: string; name: string; input: CustomInput };

/**
 * The events of a response: `response.created`, `response.in_progress`; for each item `output_item.added`, its parts in pieces,
 * `output_item.done`; then `response.completed` or `response.incomplete`. Events are numbered consecutively.
 */
export class ResponseEvents implements EventFormat {
  private readonly call: ResponsesCall;
  private readonly head: AnswerHead;
  private readonly output: OutputItem[] = [];
  private current: OpenItem | undefined;
  private sequence = 0;

  constructor(call: ResponsesCall, head: AnswerHead) {
    this.call = call;
    this.head = head;
  }

  event(event: EngineEvent): string {
    switch (event.type) {
      case "start": {
        const response = responseObject(this.call, this.head, "in_progress", []);
        return this.send("response.created", { response }) + this.send("response.in_progress", { response });
      }
      case "delta":
        return this.open("message") + this.addText(event);
      case "reasoning":
        return this.open("reasoning") + this.addReasoning(event.text);
      case "toolCall":
        return this.close() + this.begin(this.callOf(event));
      case "toolArguments":
        return this.addArguments(event.text);
      case "trace":
        return "";
      case "finish":
        return this.finishItems(event.result);
    }
  }

  end([result]: readonly GenerateResult[]): string {
    const response = finishedResponse(result, this.call, this.head, this.output);
    return this.send(`response.${response.status}`, { response });
  }

  error(error: FormworkError): string {
    const { error: described } = openaiErrorBody(error) as { error: { message: string; code: string } };
    // At the top level, as in the API, and as an object, which makes OpenAI's clients throw.
    return this.send("error", { ...described, error: described });
  }

  private send(type: string, facts: Record<string, unknown>): string {
    return serverSentEvent({ ...facts, type, sequence_number: this.sequence++ }, type);
  }

  private callOf({ id, name }: Extract<EngineEvent, { type: "toolCall" }>): OpenItem {
    return this.call.customTools.has(name)
      ? { kind: "custom", text: "", id, name, input: new CustomInput() }
      : { kind: "call", text: "", id, name };
  }

  /** Opens an item of that kind unless one is open. */
  private open(kind: "message" | "reasoning"): string {
    if (this.current?.kind === kind) return "";
    const item: OpenItem = kind === "message" ? { kind, text: "", logprobs: [] } : { kind, text: "" };
    return this.close() + this.begin(item);
  }

  private begin(item: OpenItem): string {
    this.current = item;
    const added = this.send("response.output_item.added", {
      output_index: this.output.length,
      item: this.itemOf(item, false),
    });
    if (item.kind === "call" || item.kind === "custom") return added;
    const part = item.kind === "message" ? textPart({ text: "", logprobs: [] }) : reasoningPart("");
    return added + this.send("response.content_part.added", { ...this.place(item), content_index: 0, part });
  }

  private addText(event: Extract<EngineEvent, { type: "delta" }>): string {
    const item = this.current as Extract<OpenItem, { kind: "message" }>;
    const logprobs = event.logprobs?.map(toLogprob) ?? [];
    item.text += event.text;
    item.logprobs.push(...logprobs);
    const delta = { ...this.place(item), content_index: 0, delta: event.text, logprobs };
    return this.send("response.output_text.delta", delta);
  }

  private addReasoning(text: string): string {
    const item = this.current as OpenItem;
    item.text += text;
    return this.send("response.reasoning_text.delta", { ...this.place(item), content_index: 0, delta: text });
  }

  private addArguments(written: string): string {
    const item = this.current as OpenItem;
    const isCustom = item.kind === "custom";
    const delta = isCustom ? item.input.push(written) : written;
    if (delta === "") return "";
    item.text += delta;
    const type = isCustom
      ? "response.custom_tool_call_input.delta"
      : "response.function_call_arguments.delta";
    return this.send(type, { ...this.place(item), delta });
  }

  /** Closes the open item, if any. */
  private close(isCutOff = false): string {
    const item = this.current;
    if (item === undefined) return "";
    const place = this.place(item);
    const done = this.itemOf(item, true, isCutOff);
    let text: string;
    if (item.kind === "call") {
      const facts = { ...place, name: item.name, arguments: item.text };
      text = this.send("response.function_call_arguments.done", facts);
    } else if (item.kind === "custom") {
      text = this.send("response.custom_tool_call_input.done", { ...place, input: item.text });
    } else {
      const [part, type, more] =
        item.kind === "message"
          ? [textPart(item), "response.output_text.done", { logprobs: item.logprobs }]
          : [reasoningPart(item.text), "response.reasoning_text.done", {}];
      text = this.send(type, { ...place, content_index: 0, text: item.text, ...more });
      text += this.send("response.content_part.done", { ...place, content_index: 0, part });
    }
    text += this.send("response.output_item.done", { output_index: this.output.length, item: done });
    this.output.push(done);
    this.current = undefined;
    return text;
  }

  /** An answer without text is an empty message. */
  private finishItems(result: GenerateResult): string {
    const isEmpty = this.current === undefined && this.output.length === 0;
    return (isEmpty ? this.open("message") : "") + this.close(isCut(result, this.call));
  }

  private place(item: OpenItem) {
    return { item_id: this.itemOf(item, false).id, output_index: this.output.length };
  }

  private itemOf(item: OpenItem, isDone: boolean, isCutOff = false): OutputItem {
    const id = `${this.head.requestId}_${this.output.length}`;
    const status = isDone ? (isCutOff ? "incomplete" : "completed") : "in_progress";
    switch (item.kind) {
      case "message":
        return messageItem(id, status, isDone ? [item] : []);
      case "reasoning":
        return reasoningItem(id, isDone ? [item.text] : []);
      case "call":
        return callItem(id, status, { ...item, arguments: isDone ? item.text : "" });
      case "custom":
        return customCallItem(id, status, { ...item, input: isDone ? item.text : "" });
    }
  }
}
