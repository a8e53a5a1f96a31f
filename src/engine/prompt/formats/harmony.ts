import type { CallLayout, ReasoningLayout } from "../../answer/layout.js";

/**
 * OpenAI's harmony format (gpt-oss): messages with a channel each. What a model writes there differs from how its chat
 * template spells the past, so it cannot be read off the template.
 * https://cookbook.openai.com/articles/openai-harmony
 */
export interface Harmony {
  calls: CallLayout;
  reasoning: ReasoningLayout;
  contentOpening: string;
}

const HARMONY: Harmony = {
  calls: {
    // A call is the whole of a message, and ends the turn.
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

/** Undefined for a chat template that is not of this format. */
export function harmonyOfTemplate(source: string): Harmony | undefined {
  return ["<|channel|>final<|message|>", "<|channel|>commentary", "functions"].every((text) =>
    source.includes(text),
  )
    ? HARMONY
    : undefined;
}
