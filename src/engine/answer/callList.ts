import type { ToolCall } from "../../types.js";
import type { AnswerPart } from "./part.js";

/**
 * The calls of one answer while they are written. Where they must differ, a call is held back for as long as it reads like
 * an earlier one, and left out where it ends as that one did.
 */
export class CallList {
  /** What has been handed out. */
  readonly calls: ToolCall[] = [];
  /** A call was left out. */
  hasRepeated = false;
  private readonly mustDiffer: boolean;
  /** The call that is held back, with the arguments that it may come to repeat. */
  private held: { call: ToolCall; earlier: readonly string[] } | undefined;

  constructor(mustDiffer: boolean) {
    this.mustDiffer = mustDiffer;
  }

  begin(id: string, name: string): AnswerPart[] {
    const call: ToolCall = { id, name, arguments: "" };
    const earlier = this.mustDiffer
      ? this.calls.filter((one) => one.name === name).map((one) => one.arguments)
      : [];
    if (earlier.length === 0) return this.handOut(call);
    this.held = { call, earlier };
    return [];
  }

  /** Takes more of the arguments of the call that was begun last. */
  write(text: string): AnswerPart[] {
    if (text === "") return [];
    if (this.held === undefined) {
      const index = this.calls.length - 1;
      const call = this.calls[index];
      this.calls[index] = { ...call, arguments: call.arguments + text };
      return [{ type: "toolArguments", index, text }];
    }
    const call = { ...this.held.call, arguments: this.held.call.arguments + text };
    const earlier = this.held.earlier.filter((one) => one.startsWith(call.arguments));
    if (earlier.length === 0) return this.handOut(call);
    this.held = { call, earlier };
    return [];
  }

  /** The arguments are whole. */
  end(): AnswerPart[] {
    if (this.held === undefined) return [];
    const { call, earlier } = this.held;
    if (!earlier.includes(call.arguments)) return this.handOut(call);
    this.held = undefined;
    this.hasRepeated = true;
    return [];
  }

  private handOut(call: ToolCall): AnswerPart[] {
    this.held = undefined;
    const index = this.calls.push(call) - 1;
    const { id, name, arguments: text } = call;
    return [
      { type: "toolCall", index, id, name },
      ...(text === "" ? [] : [{ type: "toolArguments" as const, index, text }]),
    ];
  }
}
