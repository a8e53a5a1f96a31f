import type { ChatMessage } from "../../types.js";
import type { Verdict } from "../validate/index.js";

/** Maximum characters of a failed answer that are shown to the model again. */
const SHOWN_CHARACTERS = 8_000;

/** The conversation of a retry: what the model wrote, and what is wrong with it. */
export function askAgain(
  messages: readonly ChatMessage[],
  text: string,
  { pointer, message }: Verdict,
): ChatMessage[] {
  const place = pointer === undefined || pointer === "" ? "" : ` at ${pointer}`;
  return [
    ...messages,
    { role: "assistant", content: text.slice(0, SHOWN_CHARACTERS) },
    {
      role: "user",
      content:
        `That document does not fit the schema${place}: ${message ?? "it is not valid"}. ` +
        "Write the whole document again, corrected, and nothing else.",
    },
  ];
}

/** The conversation of a retry after an answer that was truncated by the budget and could not be completed. */
export function askShorter(messages: readonly ChatMessage[]): ChatMessage[] {
  return [
    ...messages.slice(0, -1),
    ...messages.slice(-1).map(({ role, content }) => ({
      role,
      content: `${content}\n\nBe brief: the whole document must be short.`,
    })),
  ];
}
