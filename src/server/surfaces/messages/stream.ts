import type { EngineEvent, GenerateResult } from "../../../engine/index.js";
import type { FormworkError } from "../../../errors.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import type { AnswerHead, SurfaceCall } from "../surface.js";
import { anthropicUsage, emptyMessage, stopOf } from "./answer.js";
import { anthropicErrorBody } from "./errorBody.js";

type BlockType = "text" | "thinking" | "tool_use";

/**
 * The events of a message: `message_start`; each block between `content_block_start` and `content_block_stop`; `message_delta` with the
 * stop reason; `message_stop`.
 */
export class MessageEvents implements EventFormat {
  private readonly call: SurfaceCall;
  private readonly head: AnswerHead;
  private index = -1;
  private current: BlockType | undefined;

  constructor(call: SurfaceCall, head: AnswerHead) {
    this.call = call;
    this.head = head;
  }

  event(event: EngineEvent): string {
    switch (event.type) {
      case "start": {
        const { promptTokens, cachedTokens } = event;
        const usage = {
          input_tokens: promptTokens - cachedTokens,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: cachedTokens,
          output_tokens: 0,
        };
        return this.send("message_start", { message: { ...emptyMessage(this.head), usage } });
      }
      case "delta":
        return this.open("text", { text: "" }) + this.add({ type: "text_delta", text: event.text });
      case "reasoning":
        return (
          this.open("thinking", { thinking: "", signature: "" }) +
          this.add({ type: "thinking_delta", thinking: event.text })
        );
      case "toolCall":
        return this.close() + this.open("tool_use", { id: event.id, name: event.name, input: {} });
      case "toolArguments":
        return this.add({ type: "input_json_delta", partial_json: event.text });
      case "trace":
        return "";
      case "finish":
        return this.index < 0 ? this.open("text", { text: "" }) + this.close() : this.close();
    }
  }

  end([result]: readonly GenerateResult[]): string {
    const delta = stopOf(result, this.call);
    return (
      this.send("message_delta", { delta, usage: anthropicUsage(result) }) + this.send("message_stop", {})
    );
  }

  error(error: FormworkError): string {
    return this.send("error", anthropicErrorBody(error));
  }

  private send(type: string, facts: Record<string, unknown>): string {
    return serverSentEvent({ ...facts, type }, type);
  }

  /** Opens a block of that type unless one is open. */
  private open(type: BlockType, facts: Record<string, unknown>): string {
    if (this.current === type) return "";
    const closed = this.close();
    this.current = type;
    this.index++;
    return (
      closed + this.send("content_block_start", { index: this.index, content_block: { type, ...facts } })
    );
  }

  private add(delta: Record<string, unknown>): string {
    return this.send("content_block_delta", { index: this.index, delta });
  }

  private close(): string {
    if (this.current === undefined) return "";
    this.current = undefined;
    return this.send("content_block_stop", { index: this.index });
  }
}
