import type { PromptReasoning, Runtime } from "../../../runtime/index.js";
import type { ChatMessage } from "../../../types.js";
import type { CallLayout } from "../../answer/layout.js";
import { membersOf } from "../../answer/members.js";
import { type AnswerFormats, activeTools } from "../../answer/plan.js";
import type { ReasoningSettings, ToolSettings } from "../../engine.js";
import { callsOfTemplate, PROBE_TOOLS, type Render } from "./fromTemplate.js";
import { harmonyOfTemplate } from "./harmony.js";
import { knownCalls } from "./known.js";
import { PLAIN_CALLS } from "./plain.js";
import { reasoningOfTemplate } from "./reasoning.js";

type Effort = NonNullable<ReasoningSettings["effort"]>;

/** The features of a model's chat template, and the model's formats of calls and reasoning. */
export interface ChatFormats extends AnswerFormats {
  /** Whether the template describes tools to the model. */
  knowsTools: boolean;
  /** Whether the template formats calls and their results. */
  knowsResults: boolean;
  knowsEffort: boolean;
  /** The template's name of an effort. */
  effortWord(effort: Effort): string;
  /** How prompts open and close reasoning; undefined for a model without it, and where the model opens a channel for it. */
  promptReasoning?: PromptReasoning | undefined;
}

/**
 * Derives the formats from the chat template, each on demand. A template with an unsupported format of tools counts as one without
 * tools.
 */
export function chatFormats(runtime: Pick<Runtime, "chatTemplate" | "renderChat">): ChatFormats {
  const { chatTemplate: source } = runtime;
  const render: Render = (messages, options) => runtime.renderChat(messages, options);
  const harmony = harmonyOfTemplate(source);
  const calls = once(
    () => harmony?.calls ?? usable(knownCalls(source) ?? callsOfTemplate(render, source), render),
  );
  // Some templates format calls but expect the system message to describe the tools.
  const tools = once(() => calls() !== undefined && knowsTools(render));
  const results = once(() => calls() !== undefined && knowsResults(render));
  const reasoning = once(() =>
    harmony === undefined
      ? reasoningOfTemplate(render, source)
      : { layout: harmony.reasoning, prompt: undefined },
  );
  return {
    get calls() {
      return calls() ?? PLAIN_CALLS;
    },
    get knowsTools() {
      return tools();
    },
    get knowsResults() {
      return results();
    },
    get reasoning() {
      return reasoning()?.layout;
    },
    get promptReasoning() {
      return reasoning()?.prompt;
    },
    contentOpening: harmony?.contentOpening,
    knowsEffort: source.includes("reasoning_effort"),
    effortWord: (effort) => effortWord(effort, source),
  };
}

/** The system message cannot describe arguments as members, so the template has to. */
function usable(layout: CallLayout | undefined, render: Render): CallLayout | undefined {
  return layout?.members !== undefined && !knowsTools(render) ? undefined : layout;
}

/** The formats for a request with these tools: the plain one if arguments cannot be constrained in the model's format. */
export function formatsFor(formats: ChatFormats, settings: ToolSettings | undefined): ChatFormats {
  const tools = activeTools(settings)?.tools ?? [];
  const { members } = formats.calls;
  if (members === undefined || tools.every((tool) => membersOf(tool, members) !== undefined)) return formats;
  return { ...formats, calls: PLAIN_CALLS, knowsTools: false, knowsResults: false };
}

/** Few templates support efforts above `high`. */
function effortWord(effort: Effort, source: string): string {
  const isAbove = effort === "xhigh" || effort === "max";
  return isAbove && !source.includes(`"${effort}"`) && !source.includes(`'${effort}'`) ? "high" : effort;
}

function once<Value>(find: () => Value): () => Value {
  let found: { value: Value } | undefined;
  return () => {
    found ??= { value: find() };
    return found.value;
  };
}

const RESULT = "result_of_probe";
const ARGUMENT = "argument_of_probe";

function knowsTools(render: Render): boolean {
  try {
    return render([{ role: "user", content: "?" }], { tools: PROBE_TOOLS }).includes(PROBE_TOOLS[0].name);
  } catch {
    return false;
  }
}

function knowsResults(render: Render): boolean {
  const call = { id: "a1b2c3d4e", name: PROBE_TOOLS[0].name, arguments: `{"probe_key":"${ARGUMENT}"}` };
  const messages: ChatMessage[] = [
    { role: "user", content: "?" },
    { role: "assistant", content: "", toolCalls: [call] },
    { role: "tool", content: RESULT, toolCallId: call.id, name: call.name },
  ];
  try {
    const text = render(messages, { tools: PROBE_TOOLS });
    return text.includes(RESULT) && text.includes(ARGUMENT);
  } catch {
    return false;
  }
}
