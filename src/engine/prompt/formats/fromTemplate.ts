import type { PromptOptions } from "../../../runtime/index.js";
import type { ChatMessage, Tool } from "../../../types.js";
import { JsonEnd } from "../../answer/jsonEnd.js";
import type { CallLayout, CallOpening, MemberLayout } from "../../answer/layout.js";
import { membersOfTemplate } from "./membersOfTemplate.js";

export type Render = (messages: readonly ChatMessage[], options: PromptOptions) => string;

const USER: ChatMessage = { role: "user", content: "What is the time?" };
const FIRST = { id: "a1b2c3d4e", name: "first_probe", arguments: '{"probe_key":"probe_value"}' };
const SECOND = { ...FIRST, id: "f5g6h7i8j", name: "second_probe" };
const ANSWER = "0123456789";
export const PROBE_TOOLS: readonly Tool[] = [FIRST, SECOND].map(({ name }) => ({
  name,
  description: "A probe.",
  parameters: '{"type":"object","properties":{"probe_key":{"type":"string"}}}',
}));

/**
 * Derives the format of tool calls from conversations rendered by the chat template: Hermes' and Qwen's tags, Mistral's lists, Llama's
 * bare JSON, and others that have a name followed by the arguments as JSON. Undefined for templates without tools or with other
 * formats.
 */
export function callsOfTemplate(render: Render, source: string): CallLayout | undefined {
  const one = written(render, [FIRST]);
  if (one === undefined) return undefined;
  const json = splitCall(one, FIRST.name);
  const members =
    json === undefined ? membersOfTemplate((calls) => written(render, calls), FIRST) : undefined;
  const call = json ?? (members === undefined ? undefined : splitCall(one, FIRST.name, members));
  if (call === undefined) return undefined;
  const { before, between: afterName, after } = call;
  const isNameQuoted = before.endsWith('"') && afterName.startsWith('"');
  // Text that opens a call must be unambiguous; one that closes something else is not.
  if (!/^[<[{](?!\|?(?:close|end)\b)/.test(before)) return undefined;
  const openings = openingsOf(before, source);
  const list = listOf(render, call, members);
  if (TURN_START.test(list?.closing ?? after)) return undefined;
  return {
    openings,
    isNameQuoted,
    beforeName: list?.beforeName ?? openings[0].beforeName,
    afterName,
    ...(members === undefined ? {} : { members }),
    ...(list === undefined ? { ...closingOf(after) } : list),
  };
}

/** The assistant's text of tool calls, without the end of its turn. */
function written(render: Render, toolCalls: ChatMessage["toolCalls"]): string | undefined {
  const whole = (answer: ChatMessage) => render([USER, answer], { tools: PROBE_TOOLS, openAnswer: false });
  try {
    const prompt = render([USER], { tools: PROBE_TOOLS, openAnswer: true });
    const calls = whole({ role: "assistant", content: "", toolCalls });
    const plain = whole({ role: "assistant", content: ANSWER });
    const end = plain.slice(plain.lastIndexOf(ANSWER) + ANSWER.length);
    let start = 0;
    while (start < prompt.length && prompt[start] === calls[start]) start++;
    start = wholeTags(calls, start);
    const text = calls.slice(start);
    const trimmed = end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text;
    const own = withoutIds(trimmed.replace(TURN_END, "").trim().replace(NO_THOUGHT, ""));
    return own === "" || own.includes(FIRST.id) ? undefined : own;
  } catch {
    return undefined;
  }
}

/** Ids are assigned by the engine: models that write them invent them. */
function withoutIds(text: string): string {
  return text.replace(/(,?\s*"id":\s*"|\[CALL_ID\])(a1b2c3d4e|f5g6h7i8j)"?/g, "");
}

/** Removes the reasoning, or its end, that a past call did not have. */
const NO_THOUGHT = /^(?:<(think|thinking)>\s*)?<\/(?:think|thinking)>\s*/;

/** Removes the end of the turn, if it differs for turns with calls, and everything after it. */
const TURN_END =
  /(<\|(eom_id|eot_id|END_OF_TURN_TOKEN|end_of_msg|im_end)\|>|<SPECIAL_12>|<\/s>|<｜end▁of▁sentence｜>|<｜hy_eos[^｜]*｜>)[\s\S]*$/;

/** The start of a turn: templates that write more than the end after a call are not supported. */
const TURN_START = /<\|[\w ]*start[\w ]*\|>/i;

/** The position before the tag that contains `at`, otherwise `at`. */
function wholeTags(text: string, at: number): number {
  const opened = Math.max(text.lastIndexOf("<", at - 1), text.lastIndexOf("[", at - 1));
  if (opened < 0) return at;
  const closed = Math.max(text.lastIndexOf(">", at - 1), text.lastIndexOf("]", at - 1));
  return opened > closed && /^[<[][^\s"{]*$/.test(text.slice(opened, at)) ? opened : at;
}

interface SplitCall {
  before: string;
  /** Between the name and the arguments. */
  between: string;
  after: string;
}

function splitCall(text: string, name: string, members?: MemberLayout): SplitCall | undefined {
  const at = text.indexOf(name);
  if (members !== undefined) return splitMembers(text, at, name, members);
  const open = text.indexOf("{", at + name.length);
  if (at < 0 || open < 0) return undefined;
  const length = new JsonEnd().find(text.slice(open));
  const json = text.slice(open, open + length);
  try {
    if ((JSON.parse(json) as Record<string, unknown>).probe_key !== "probe_value") return undefined;
  } catch {
    return undefined;
  }
  return {
    before: text.slice(0, at),
    between: text.slice(at + name.length, open),
    after: text.slice(open + length),
  };
}

/** The same for a call whose only argument is a member between tags. */
function splitMembers(
  text: string,
  at: number,
  name: string,
  { beforeKey, beforeValue, padding, closing, afterClosing }: MemberLayout,
): SplitCall | undefined {
  const [[key, value]] = Object.entries(JSON.parse(FIRST.arguments));
  const member = `${beforeKey}${key}${beforeValue}${value}${padding}${closing}${afterClosing}`;
  const open = text.indexOf(member, at);
  if (at < 0 || open < 0) return undefined;
  return {
    before: text.slice(0, at),
    between: text.slice(at + name.length, open),
    after: text.slice(open + member.length),
  };
}

/** A tag at the start of a call, such as `<tool_call>`, `[TOOL_CALLS]` or `<|python_tag|>`. */
const TAG = /^(<[^<>\s=]+>|\[[A-Z_]+\])/;
const PYTHON_TAG = "<|python_tag|>";

function openingsOf(before: string, source: string): CallOpening[] {
  const tag = TAG.exec(before)?.[0];
  if (tag !== undefined) return [{ text: tag, beforeName: before.slice(tag.length) }];
  if (!/^[{[]/.test(before)) return [{ text: before, beforeName: "" }];
  // JSON without a tag is a call if it starts the answer.
  const bare: CallOpening = { text: before, onlyAtStart: true, beforeName: "" };
  return source.includes(PYTHON_TAG) ? [bare, { text: PYTHON_TAG, beforeName: before }] : [bare];
}

/** The end of the arguments, where the tag or the list is closed. */
function closingOf(after: string): { afterArguments: string; closing: string } {
  const tag = after.lastIndexOf("<");
  return tag > 0
    ? { afterArguments: after.slice(0, tag), closing: after.slice(tag) }
    : { afterArguments: after, closing: "" };
}

/** The format of several calls in one list; undefined if each has its own opening. */
function listOf(
  render: Render,
  { before, after }: SplitCall,
  members: MemberLayout | undefined,
): Pick<CallLayout, "beforeName" | "separator" | "afterArguments" | "closing"> | undefined {
  const two = written(render, [FIRST, SECOND]);
  const first = two === undefined ? undefined : splitCall(two, FIRST.name, members);
  const at = first?.after.indexOf(SECOND.name) ?? -1;
  if (first === undefined || at < 0) return undefined;
  const middle = first.after.slice(0, at);
  if (middle.endsWith(before) && middle.startsWith(after)) return undefined;
  let common = 0;
  while (common < after.length && middle[common] === after[common]) common++;
  common = wholeTags(middle, common);
  const between = middle.slice(common);
  if (between === "") return undefined;
  // Up to the end of the first tag, so that a control token may end the separator.
  const separator = /^[^<[]*(<[^<>\s"{]+>|\[[A-Z_]+\])/.exec(between)?.[0] ?? between;
  return {
    beforeName: between.slice(separator.length),
    separator,
    afterArguments: after.slice(0, common),
    closing: after.slice(common),
  };
}
