import type { ToolCall } from "../../../types.js";
import type { MemberLayout } from "../../answer/layout.js";

const KEYS = ["probe_key", "other_key"] as const;
/** A value that needs no escaping or trimming. */
const TEXT = 'one & "two" <b>';
/** A value of another type, which some templates mark. */
const NUMBER = 7;

/**
 * Derives the format of arguments as members between tags, such as `<parameter=city>` of Qwen3-Coder or `<arg_key>` of GLM, from calls
 * with two arguments rendered by `written`. Undefined for other formats.
 */
export function membersOfTemplate(
  written: (calls: ToolCall[]) => string | undefined,
  { id, name }: ToolCall,
): MemberLayout | undefined {
  const callWith = (values: readonly unknown[]) =>
    written([
      { id, name, arguments: JSON.stringify(Object.fromEntries(KEYS.map((key, at) => [key, values[at]]))) },
    ]);
  const texts = callWith([TEXT, TEXT]);
  if (texts === undefined) return undefined;
  const parts = splitAt(texts, [name, KEYS[0], TEXT, KEYS[1], TEXT]);
  if (parts === undefined) return undefined;
  const [, toFirst, beforeValue, toSecond, beforeSecond] = parts;
  const beforeKey = commonTag(toFirst, toSecond);
  if (beforeKey === "" || beforeSecond !== beforeValue || beforeValue === "") return undefined;
  const end = /^(\s*)(<\/[^<>\s]+>)(\s*)$/.exec(toSecond.slice(0, toSecond.length - beforeKey.length));
  if (end === null) return undefined;
  const [, padding, closing, afterClosing] = end;
  // Values of all types are between the same tags, except for a mark of values that are not text.
  const number = splitAt(callWith([TEXT, NUMBER]) ?? "", [name, KEYS[0], TEXT, KEYS[1], String(NUMBER)]);
  if (number === undefined) return undefined;
  const beforeJson = number[4];
  if (parts.some((part, at) => at !== 4 && part !== number[at])) return undefined;
  const isMarked = beforeJson !== beforeValue;
  if (isMarked && !beforeJson.endsWith(">")) return undefined;
  const mark = isMarked ? { beforeJson } : {};
  return { beforeKey, beforeValue, ...mark, padding, closing, afterClosing };
}

/** The texts before each of `marks`, which follow one another, and after the last. */
function splitAt(text: string, marks: readonly string[]): string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  for (const mark of marks) {
    const at = text.indexOf(mark, from);
    if (at < 0) return undefined;
    parts.push(text.slice(from, at));
    from = at + mark.length;
  }
  return [...parts, text.slice(from)];
}

/** The tag that both texts end with. */
function commonTag(one: string, other: string): string {
  const at = one.lastIndexOf("<");
  const tag = at < 0 ? "" : one.slice(at);
  return other.endsWith(tag) ? tag : "";
}
