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
  /** Text after the prompt that closes reasoning opened by the template although it is turned off. */
  closeUnasked: string;
}

/** The format of a model's reasoning, by its chat template; undefined for templates without reasoning. */
export function reasoningOfTemplate(render: Render, source: string): ReasoningFormat | undefined {
  const tags = TAGS.find(([, closing]) => source.includes(closing));
  if (tags === undefined) return undefined;
  const [opening, closing, after = "\n\n"] = tags;
  const opens = (thinking: boolean): boolean => {
    try {
      return render([{ role: "user", content: "?" }], { thinking, openAnswer: true })
        .trimEnd()
        .endsWith(opening);
    } catch {
      return false;
    }
  };
  return {
    layout: { opening: opens(true) ? "" : `${opening}\n`, closing, after },
    closeUnasked: opens(false) ? `${closing}${after}` : "",
  };
}
