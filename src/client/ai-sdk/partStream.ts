import type { LanguageModelV3StreamPart } from "@ai-sdk/provider";
import type { AnswerPart } from "../connection.js";

type Block =
  | { kind: "text" | "reasoning"; id: string }
  | { kind: "call"; id: string; name: string; input: string };

/** Converts parts of an answer to the SDK's stream, in which each part is in a block that is opened and closed. */
export class PartStream {
  private open: Block | undefined;
  private blocks = 0;

  take(part: AnswerPart): LanguageModelV3StreamPart[] {
    if (part.type === "toolCall") {
      const ended = this.end();
      this.open = { kind: "call", id: part.id, name: part.name, input: "" };
      return [...ended, { type: "tool-input-start", id: part.id, toolName: part.name }];
    }
    if (part.type === "toolArguments") {
      if (this.open?.kind !== "call") return [];
      this.open.input += part.text;
      return [{ type: "tool-input-delta", id: this.open.id, delta: part.text }];
    }
    const started = this.open?.kind === part.type ? [] : this.begin(part.type);
    const { id } = this.open as Block;
    return [...started, { type: `${part.type}-delta`, id, delta: part.text }];
  }

  /** Closes the open block. */
  end(): LanguageModelV3StreamPart[] {
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return [];
    if (open.kind !== "call") return [{ type: `${open.kind}-end`, id: open.id }];
    const { id, name, input } = open;
    return [
      { type: "tool-input-end", id },
      { type: "tool-call", toolCallId: id, toolName: name, input },
    ];
  }

  private begin(kind: "text" | "reasoning"): LanguageModelV3StreamPart[] {
    const ended = this.end();
    const id = `${kind}-${this.blocks++}`;
    this.open = { kind, id };
    return [...ended, { type: `${kind}-start`, id }];
  }
}
