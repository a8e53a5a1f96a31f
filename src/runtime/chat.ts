/** Renders messages to a prompt with the model file's chat template. */
import { Template } from "@huggingface/jinja";
import { FormworkError } from "../errors.js";
import type { ChatMessage } from "../types.js";
import { alternate, asIs, foldSystem, joinSystem } from "./conversation.js";
import type { PromptOptions, PromptReasoning } from "./runtime.js";
import { withoutListMethods } from "./templateSource.js";
import { KNOWN_CALLS, withKnownCalls } from "./templateTree.js";
import { callStyle, templateValues, toolAttempts } from "./templateValues.js";

/** For model files without a template: ChatML, the most common one. */
const FALLBACK_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** For model files without a template and without ChatML tokens: plain words. */
const PLAIN_TEMPLATE =
  "{% for message in messages %}{{ '### ' + message['role'] | capitalize + ':\\n' + message['content'] + '\\n\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '### Assistant:\\n' }}{% endif %}";

export interface ChatTemplateOptions {
  /** Jinja source; null or empty for a fallback. */
  template: string | null;
  /** Text of the begin token, for templates that write it; empty if there is none. */
  beginText: string;
  endText: string;
  /** Whether the tokenizer requires a begin token, so that the prompt starts with one even if the template writes none. */
  addBegin: boolean;
  /** Whether the vocabulary has the ChatML tokens. */
  knowsChatMl: boolean;
}

export interface ChatRenderer {
  /** The template. */
  readonly source: string;
  /** The prompt, including the opening of the answer. Throws `internal` if the template fails. */
  render(messages: readonly ChatMessage[], options?: PromptOptions): string;
  /**
   * Which of `candidates` (ids and spellings) the template writes after an assistant's answer; -1 if none.
   */
  answerEnd(candidates: Iterable<readonly [id: number, text: string]>): number;
}

const PROBE = "0123456789";

/** Compiles the template. Throws `model_unavailable` if it cannot be parsed. */
export function chatRenderer(options: ChatTemplateOptions): ChatRenderer {
  const own = options.template !== null && options.template.trim() !== "";
  const source = own
    ? (options.template as string)
    : options.knowsChatMl
      ? FALLBACK_TEMPLATE
      : PLAIN_TEMPLATE;
  let template: Template;
  try {
    template = new Template(withoutListMethods(source));
    withKnownCalls(template.parsed);
  } catch (cause) {
    throw new FormworkError(
      "model_unavailable",
      `The model's chat template cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  const fill = (messages: readonly ChatMessage[], settings: PromptOptions): string =>
    template.render({
      ...KNOWN_CALLS,
      ...templateValues(messages, settings, () => callStyle(template)),
      bos_token: options.beginText,
      eos_token: options.endText,
    });

  const render = (messages: readonly ChatMessage[], settings: PromptOptions = {}): string => {
    const { continueAssistant = false, thinking = false, reasoning, suffix = "" } = settings;
    const continued = continueAssistant ? (messages.at(-1)?.content ?? "") : "";
    const conversation = joinSystem(continueAssistant ? messages.slice(0, -1) : messages);
    let text: string | undefined;
    let failure: unknown;
    // Several templates raise exceptions for system roles, non-alternating roles, or members without a description.
    for (const adapt of [asIs, foldSystem, alternate]) {
      for (const tools of toolAttempts(settings.tools)) {
        if (text !== undefined) break;
        try {
          text = fill(adapt(conversation), tools === undefined ? settings : { ...settings, tools });
        } catch (cause) {
          failure ??= cause;
        }
      }
    }
    // Some templates reject unknown efforts.
    const { effort, ...withoutEffort } = settings;
    if (text === undefined && effort !== undefined) return render(messages, withoutEffort);
    if (text === undefined)
      throw new FormworkError("internal", `The model's chat template failed: ${messageOf(failure)}`, {
        cause: failure,
      });
    const hasBegin = !options.addBegin || options.beginText === "" || text.startsWith(options.beginText);
    const opened = reasoning === undefined ? "" : openedOrClosed(text, thinking, reasoning);
    return `${hasBegin ? "" : options.beginText}${text}${opened}${suffix}${continued}`;
  };

  const answerEnd = (candidates: Iterable<readonly [number, string]>): number => {
    let text: string;
    try {
      text = fill(
        [
          { role: "user", content: "?" },
          { role: "assistant", content: PROBE },
        ],
        { openAnswer: false },
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
  return { source: own ? source : "", render, answerEnd };
}

/** What the prompt lacks to open reasoning if the model may think, and to close it otherwise. */
function openedOrClosed(prompt: string, thinking: boolean, { tag, open, close }: PromptReasoning): string {
  const isOpen = prompt.trimEnd().endsWith(tag);
  if (isOpen === thinking) return "";
  return thinking ? open : close;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
