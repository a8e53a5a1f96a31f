/** Messages to a prompt, by the chat template that the model file carries. */
import { Template } from "@huggingface/jinja";
import { FormworkError } from "../errors.js";
import type { ChatMessage } from "../types.js";

/** For model files without a template: ChatML, the most common one. */
export const FALLBACK_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** For model files without a template whose vocabulary lacks the ChatML tokens: plain words any model can read. */
export const PLAIN_TEMPLATE =
  "{% for message in messages %}{{ '### ' + message['role'] | capitalize + ':\\n' + message['content'] + '\\n\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '### Assistant:\\n' }}{% endif %}";

export interface ChatTemplateOptions {
  /** Jinja source; null or empty takes a fallback. */
  template: string | null;
  /** Text of the begin token, for templates that write it; empty where there is none. */
  beginText: string;
  endText: string;
  /** The tokenizer wants a begin token, so the prompt starts with one even where the template writes none. */
  addBegin: boolean;
  /** Whether the vocabulary knows the ChatML tokens. */
  knowsChatMl: boolean;
}

export type ChatRenderer = (messages: readonly ChatMessage[]) => string;

/** Puts the system message in front of the first user message, for templates that know no system role. */
function foldSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const system = messages.filter((message) => message.role === "system").map((message) => message.content);
  const rest = messages.filter((message) => message.role !== "system");
  const first = rest[0];
  if (system.length === 0) return rest;
  if (first === undefined || first.role !== "user")
    return [{ role: "user", content: system.join("\n\n") }, ...rest];
  return [{ role: "user", content: [...system, first.content].join("\n\n") }, ...rest.slice(1)];
}

/** Compiles the template once. The renderer throws `internal` where the template itself fails. */
export function chatRenderer(options: ChatTemplateOptions): ChatRenderer {
  const own = options.template !== null && options.template.trim() !== "";
  const source = own
    ? (options.template as string)
    : options.knowsChatMl
      ? FALLBACK_TEMPLATE
      : PLAIN_TEMPLATE;
  let template: Template;
  try {
    template = new Template(source);
  } catch (cause) {
    throw new FormworkError(
      "model_unavailable",
      `The model's chat template cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const render = (messages: readonly ChatMessage[]): string =>
    template.render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: true,
      bos_token: options.beginText,
      eos_token: options.endText,
      // Models that think aloud would write prose where the document has to begin.
      enable_thinking: false,
    });
  return (messages) => {
    let text: string;
    try {
      text = render(messages);
    } catch (cause) {
      // Several templates raise an exception at a system role; the message then belongs to the user's turn.
      try {
        text = render(foldSystem(messages));
      } catch {
        throw new FormworkError(
          "internal",
          `The model's chat template failed: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      }
    }
    return options.addBegin && options.beginText !== "" && !text.startsWith(options.beginText)
      ? options.beginText + text
      : text;
  };
}
