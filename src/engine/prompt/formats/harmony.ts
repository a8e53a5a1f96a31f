import type { CallLayout, ReasoningLayout } from "../../answer/layout.js";

/**
 * OpenAI's harmony format (gpt-oss): messages with a channel each. The format that the model generates differs from how its chat
 * template renders earlier messages, so it cannot be derived from the template.
 * https://cookbook.openai.com/articles/openai-harmony
 */
export interface Harmony {
  calls: CallLayout;
  reasoning: ReasoningLayout;
  contentOpening: string;
}

const HARMONY: Harmony = {
  calls: {
    // A call is a complete message, and ends the turn.
    openings: [{ text: "<|channel|>commentary to=functions.", onlyAtStart: true, beforeName: "" }],
    isNameQuoted: false,
    beforeName: "",
    afterName: " <|constrain|>json<|message|>",
    afterArguments: "",
    closing: "",
  },
  reasoning: {
    opening: "<|channel|>analysis<|message|>",
    closing: "<|end|>",
    after: "<|start|>assistant",
  },
  contentOpening: "<|channel|>final<|message|>",
};

/** Undefined for chat templates of other formats. */
export function harmonyOfTemplate(source: string): Harmony | undefined {
  return ["<|channel|>final<|message|>", "<|channel|>commentary", "functions"].every((text) =>
    source.includes(text),
  )
    ? HARMONY
    : undefined;
}
