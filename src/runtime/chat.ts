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

export interface ChatRenderer {
  /** The prompt, with the opening of the answer. Throws `internal` where the template itself fails. */
  render(messages: readonly ChatMessage[]): string;
  /**
   * Which of `candidates` (ids and how they are spelled) the template puts behind an assistant's answer;
   * -1 where it puts none of them there.
   */
  answerEnd(candidates: Iterable<readonly [id: number, text: string]>): number;
}

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

const PROBE = "0123456789";

/** Compiles the template once. Throws `model_unavailable` for one that cannot be read. */
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
      `The model's chat template cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  const fill = (messages: readonly ChatMessage[], openAnswer: boolean): string =>
    template.render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: openAnswer,
      bos_token: options.beginText,
      eos_token: options.endText,
      // Models that think aloud would write prose where the document has to begin.
      enable_thinking: false,
    });

  const render = (messages: readonly ChatMessage[]): string => {
    let text: string;
    try {
      text = fill(messages, true);
    } catch (cause) {
      // Several templates raise an exception at a system role; the message then belongs to the user's turn.
      try {
        text = fill(foldSystem(messages), true);
      } catch {
        throw new FormworkError("internal", `The model's chat template failed: ${messageOf(cause)}`, {
          cause,
        });
      }
    }
    return options.addBegin && options.beginText !== "" && !text.startsWith(options.beginText)
      ? options.beginText + text
      : text;
  };

  const answerEnd = (candidates: Iterable<readonly [number, string]>): number => {
    let text: string;
    try {
      text = fill(
        [
          { role: "user", content: "?" },
          { role: "assistant", content: PROBE },
        ],
        false,
      );
    } catch {
      return -1;
    }
    const at = text.lastIndexOf(PROBE);
    const rest = at < 0 ? "" : text.slice(at + PROBE.length).trimStart();
    let best = -1;
    let length = 0;
    for (const [id, spelling] of candidates) {
      if (spelling.length > length && rest.startsWith(spelling)) {
        best = id;
        length = spelling.length;
      }
    }
    return best;
  };
  return { render, answerEnd };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
