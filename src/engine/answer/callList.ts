import type { ToolCall } from "../../types.js";
import type { AnswerPart } from "./part.js";

/**
 * The calls of one answer, as they are generated. If they must differ, a call is withheld while it matches an earlier one, and dropped
 * if it ends up equal.
 */
export class CallList {
  /** The parts emitted so far. */
  readonly calls: ToolCall[] = [];
  /** Whether a call was dropped. */
  hasRepeated = false;
  private readonly mustDiffer: boolean;
  /** The withheld call, with the arguments that it may repeat. */
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

  /** Adds to the arguments of the last call. */
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

  /** The arguments are complete. */
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
