import type { PromptReasoning } from "../../../runtime/index.js";
import type { ReasoningLayout } from "../../answer/layout.js";
import type { Render } from "./fromTemplate.js";

/** Tags around reasoning, and what follows them if it is not an empty line. */
const TAGS: readonly (readonly [opening: string, closing: string, after?: string])[] = [
  ["<think>", "</think>"],
  ["[THINK]", "[/THINK]"],
  ["<seed:think>", "</seed:think>"],
  ["<thinking>", "</thinking>"],
  ["<|channel>thought", "<channel|>", ""],
];

export interface ReasoningFormat {
  layout: ReasoningLayout;
  /** How prompts open and close it. */
  prompt: PromptReasoning;
}

/** The format of a model's reasoning, by its chat template; undefined for templates without reasoning. */
export function reasoningOfTemplate(render: Render, source: string): ReasoningFormat | undefined {
  const tags = TAGS.find(([, closing]) => source.includes(closing));
  if (tags === undefined) return undefined;
  const [opening, closing, after = "\n\n"] = tags;
  const open = openingOf(render, opening);
  return {
    layout: { opening: open === "" ? `${opening}\n` : "", closing, after },
    prompt: { tag: opening, open, close: `${closing}${after}` },
  };
}

/** The end of a prompt that opens reasoning; empty if the template leaves that to the model. */
function openingOf(render: Render, tag: string): string {
  try {
    const prompt = render([{ role: "user", content: "?" }], { thinking: true, openAnswer: true });
    return prompt.trimEnd().endsWith(tag) ? prompt.slice(prompt.lastIndexOf(tag)) : "";
  } catch {
    return "";
  }
}
