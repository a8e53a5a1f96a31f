/** Tokenizes chat messages. Text from callers remains text; only the chat template's parts contain control tokens. */
import { FormworkError } from "../errors.js";
import type { ChatMessage, Tool } from "../types.js";
import type { PromptOptions } from "./runtime.js";

/** Unicode noncharacters, which no text needs: they enclose text that must not be read as a control token. */
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

/** Texts with more bytes per available token than this are counted piece by piece before they are tokenized as a whole. */
const COUNTED_BYTES_PER_TOKEN = 8;
/** Length of such a piece in UTF-16 code units. */
const PIECE = 8192;
/** Upper bound of the tokens added by splitting a text at one position. */
const TOKENS_A_CUT = 16;

export interface PromptTokenizer {
  /** Tokenizes text at the start of a prompt, including control tokens spelled in it. */
  start(text: string): Int32Array;
  /** Tokenizes text after other text. */
  inside(text: string, parseSpecial: boolean): Int32Array;
  /** Spellings of control tokens. */
  spellings: ControlSpellings;
  /** Length of the longest token in bytes. */
  longestToken: number;
}

/**
 * The tokens of `messages` as rendered by `render`. A control token spelled out by a caller remains text: it is tokenized separately.
 * Throws `prompt_too_long` as soon as it is certain that there are more than `limit` tokens.
 */
export function promptTokens(
  messages: readonly ChatMessage[],
  render: (messages: readonly ChatMessage[], options: PromptOptions) => string,
  tokenizer: PromptTokenizer,
  limit: number,
  options: PromptOptions = {},
): Int32Array {
  const { spellings } = tokenizer;
  const { tools } = options;
  const text = render(
    messages.map((message) => markMessage(message, spellings)),
    tools === undefined ? options : { ...options, tools: markStrings(tools, spellings) as readonly Tool[] },
  );
  const parts = splitMarked(text);
  refuseHopeless(parts, tokenizer, limit);
  const tokens = parts.map(({ text: part, isCallers }, index) =>
    index === 0 && !isCallers ? tokenizer.start(part) : tokenizer.inside(part, !isCallers),
  );
  if (tokens.length === 1) return tokens[0];
  const all = new Int32Array(tokens.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of tokens) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Everything in a message except its role comes from the caller. */
function markMessage({ role, ...rest }: ChatMessage, spellings: ControlSpellings): ChatMessage {
  return { role, ...(markStrings(rest, spellings) as Omit<ChatMessage, "role">) };
}

function markStrings(value: unknown, spellings: ControlSpellings): unknown {
  if (typeof value === "string") return spellings.mark(value);
  if (Array.isArray(value)) return value.map((item) => markStrings(item, spellings));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, markStrings(member, spellings)]),
  );
}

interface PromptPart {
  text: string;
  /** Whether it comes from a caller and resembles a control token. */
  isCallers: boolean;
}

/**
 * The parts between the marks. Templates truncate texts, so a mark may have lost its counterpart. It is then ignored, which is safe,
 * because half of a spelling is not a control token.
 */
function splitMarked(text: string): PromptPart[] {
  if (!text.includes(OPEN)) return [{ text: text.replaceAll(CLOSE, ""), isCallers: false }];
  const parts: PromptPart[] = [];
  const add = (part: string, isCallers: boolean) => {
    const last = parts.at(-1);
    if (part === "") return;
    if (last?.isCallers === isCallers) last.text += part;
    else parts.push({ text: part, isCallers });
  };
  let from = 0;
  for (const match of text.matchAll(MARKED)) {
    add(text.slice(from, match.index).replace(MARKS, ""), false);
    add(match[1], true);
    from = match.index + match[0].length;
  }
  add(text.slice(from).replace(MARKS, ""), false);
  return parts;
}

const MARKED = new RegExp(`${OPEN}([^${OPEN}${CLOSE}]*)${CLOSE}`, "g");
const MARKS = new RegExp(`[${OPEN}${CLOSE}]`, "g");

/** Throws `prompt_too_long` if `parts` surely have more than `limit` tokens. */
function refuseHopeless(
  parts: readonly PromptPart[],
  { inside, longestToken }: PromptTokenizer,
  limit: number,
): void {
  const bytes = parts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes <= limit * COUNTED_BYTES_PER_TOKEN) return;
  const least = Math.floor(bytes / longestToken);
  if (least > limit) throw tooLong(least, limit);
  let count = 0;
  for (const { text, isCallers } of parts) {
    for (let from = 0; from < text.length; from += PIECE) {
      count += inside(text.slice(from, from + PIECE), !isCallers).length - TOKENS_A_CUT;
      if (count > limit) throw tooLong(count, limit);
    }
  }
}

function tooLong(least: number, limit: number): FormworkError {
  return new FormworkError(
    "prompt_too_long",
    // The wording of llama-server, which litellm's fallbacks search for.
    `The prompt has more than ${least} tokens, which exceeds the available context size of ${limit} tokens.`,
  );
}

/** Finds spellings of control tokens in the texts of callers. */
export class ControlSpellings {
  private readonly spellings: ReadonlySet<string>;
  /** Lengths of the spellings by their first character, longest first. */
  private readonly lengths = new Map<string, number[]>();
  private readonly lasts: ReadonlySet<string>;
  private readonly starts: RegExp;
  private readonly longest: number;

  constructor(spellings: Iterable<string>) {
    this.spellings = new Set([...spellings].filter((spelling) => spelling !== ""));
    this.longest = [...this.spellings].reduce((most, { length }) => Math.max(most, length), 0);
    this.lasts = new Set([...this.spellings].map((spelling) => spelling[spelling.length - 1]));
    for (const { length, [0]: first } of this.spellings) {
      const lengths = this.lengths.get(first) ?? [];
      if (!lengths.includes(length))
        this.lengths.set(
          first,
          [...lengths, length].sort((a, b) => b - a),
        );
    }
    const firsts = [...this.lengths.keys()].map((first) => first.replace(/[\\\]^-]/, "\\$&"));
    this.starts = firsts.length === 0 ? /(?!)/g : new RegExp(`[${firsts.join("")}]`, "g");
  }

  /**
   * `text` with marks around each spelling of a control token, and around a large part of one at its ends, which adjacent text could
   * complete. Existing marks become U+FFFD.
   */
  mark(text: string): string {
    const clean = text.replace(MARKS, "\uFFFD");
    const head = this.headLength(clean);
    const tail = Math.max(head, this.tailStart(clean));
    let marked = around(clean.slice(0, head));
    let from = head;
    for (const [at, length] of this.occurrences(clean, head, tail)) {
      marked += clean.slice(from, at) + around(clean.slice(at, at + length));
      from = at + length;
    }
    return marked + clean.slice(from, tail) + around(clean.slice(Math.max(from, tail)));
  }

  private *occurrences(text: string, from: number, to: number): Generator<[at: number, length: number]> {
    const { starts } = this;
    starts.lastIndex = from;
    for (let found = starts.exec(text); found !== null && found.index < to; found = starts.exec(text)) {
      const at = found.index;
      const length = this.lengths.get(found[0])!.find((one) => this.spellings.has(text.slice(at, at + one)));
      if (length === undefined) continue;
      starts.lastIndex = at + length;
      yield [at, length];
    }
  }

  /** Length of the prefix of `text` that is the end or middle of a spelling. */
  private headLength(text: string): number {
    if (text.length < this.longest && this.some(text, (spelling) => spelling.includes(text)))
      return text.length;
    for (let length = Math.min(this.longest - 1, text.length); length > 0; length--) {
      if (!this.lasts.has(text[length - 1])) continue;
      const head = text.slice(0, length);
      if (this.some(head, (spelling) => spelling.endsWith(head))) return length;
    }
    return 0;
  }

  /** Offset of a suffix of `text` that is the start of a spelling. */
  private tailStart(text: string): number {
    for (let at = Math.max(0, text.length - this.longest + 1); at < text.length; at++) {
      if (!this.lengths.has(text[at])) continue;
      const tail = text.slice(at);
      if (this.some(tail, (spelling) => spelling.startsWith(tail))) return at;
    }
    return text.length;
  }

  /**
   * Whether `holds` for some spelling of which `part` is at least a third, but not all. Of up to three parts that form a spelling, one is
   * that large, and separating it breaks the spelling.
   */
  private some(part: string, holds: (spelling: string) => boolean): boolean {
    for (const spelling of this.spellings) {
      const { length } = spelling;
      if (part.length < length && 3 * part.length >= length && holds(spelling)) return true;
    }
    return false;
  }
}

function around(text: string): string {
  return text === "" ? "" : OPEN + text + CLOSE;
}
