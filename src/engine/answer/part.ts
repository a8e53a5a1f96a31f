/** A piece of an answer as it is handed out: its own text, what was thought before it, calls of tools. */
export type AnswerPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A call begins; its arguments follow. */
  | { type: "toolCall"; index: number; id: string; name: string }
  | { type: "toolArguments"; index: number; text: string };
