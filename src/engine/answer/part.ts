/** A piece of an answer as it is emitted: text, reasoning, tool calls. */
export type AnswerPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A call starts; its arguments follow. */
  | { type: "toolCall"; index: number; id: string; name: string }
  | { type: "toolArguments"; index: number; text: string };
