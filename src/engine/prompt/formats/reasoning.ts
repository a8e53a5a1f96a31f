import type { ReasoningLayout } from "../../answer/layout.js";
import type { Render } from "./fromTemplate.js";

/** The tags between which models think. */
const TAGS: readonly (readonly [opening: string, closing: string])[] = [
  ["<think>", "</think>"],
  ["[THINK]", "[/THINK]"],
  ["<seed:think>", "</seed:think>"],
  ["<thinking>", "</thinking>"],
];

export interface ReasoningFormat {
  layout: ReasoningLayout;
  /** Text behind the prompt that closes a thought which the template opens though thinking is turned off. */
  closeUnasked: string;
}

/** How a model thinks, by its chat template; undefined for templates that know no thoughts. */
export function reasoningOfTemplate(render: Render, source: string): ReasoningFormat | undefined {
  const tags = TAGS.find(([, closing]) => source.includes(closing));
  if (tags === undefined) return undefined;
  const [opening, closing] = tags;
  const opens = (thinking: boolean): boolean => {
    try {
      return render([{ role: "user", content: "?" }], { thinking, openAnswer: true })
        .trimEnd()
        .endsWith(opening);
    } catch {
      return false;
    }
  };
  const after = "\n\n";
  return {
    layout: { opening: opens(true) ? "" : `${opening}\n`, closing, after },
    closeUnasked: opens(false) ? `${closing}${after}` : "",
  };
}
