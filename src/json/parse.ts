import { type ParseLimits, tooDeep, unexpected } from "./syntax.js";
import { JsonNumber, type JsonValue } from "./value.js";

const DEFAULT_DEPTH = 4096;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Characters that need no escape inside a string. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS = { t: ["true", true], f: ["false", false], n: ["null", null] } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Parses a JSON text as a whole. Throws `JsonSyntaxError`. Takes linear time, and no call stack for deep texts.
 */
export function parseJson(text: string, limits: ParseLimits = {}): JsonValue {
  return new Parser(text, limits.depth ?? DEFAULT_DEPTH).document();
}

interface OpenArray {
  readonly items: JsonValue[];
}

interface OpenObject {
  readonly members: Map<string, JsonValue>;
  name: string;
}

class Parser {
  private readonly text: string;
  private readonly depth: number;
  private at = 0;

  constructor(text: string, depth: number) {
    this.text = text;
    this.depth = depth;
  }

  document(): JsonValue {
    const open: (OpenArray | OpenObject)[] = [];
    this.skip(SPACE);
    for (;;) {
      let value = this.begin(open);
      // A value is complete, and with it possibly its container, and so on.
      while (value !== undefined) {
        this.skip(SPACE);
        const around = open.at(-1);
        if (around === undefined) return this.finish(value);
        value = this.add(around, value) ? undefined : this.close(open);
      }
    }
  }

  /** A scalar or an empty container; undefined if a container was opened and its first value follows. */
  private begin(open: (OpenArray | OpenObject)[]): JsonValue | undefined {
    const { text } = this;
    const character = text[this.at];
    if (character === '"') return this.string();
    if (character === "[" || character === "{") {
      const from = this.at++;
      this.skip(SPACE);
      if (character === "[") {
        if (this.take("]")) return [];
        if (open.length >= this.depth) throw tooDeep(this.depth, from);
        open.push({ items: [] });
      } else {
        if (this.take("}")) return new Map();
        if (open.length >= this.depth) throw tooDeep(this.depth, from);
        open.push({ members: new Map(), name: this.name() });
      }
      return undefined;
    }
    const word = WORDS[character as keyof typeof WORDS];
    if (word !== undefined && text.startsWith(word[0], this.at)) {
      this.at += word[0].length;
      return word[1];
    }
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(text);
    if (match === null) throw unexpected(this.text, this.at);
    this.at = NUMBER.lastIndex;
    return new JsonNumber(match[0]);
  }

  /** Adds a complete value; returns whether another one follows. */
  private add(around: OpenArray | OpenObject, value: JsonValue): boolean {
    if ("items" in around) {
      around.items.push(value);
      if (!this.take(",")) return false;
      this.skip(SPACE);
      return true;
    }
    around.members.set(around.name, value);
    if (!this.take(",")) return false;
    this.skip(SPACE);
    around.name = this.name();
    return true;
  }

  private close(open: (OpenArray | OpenObject)[]): JsonValue {
    const closed = open.pop()!;
    const isArray = "items" in closed;
    if (!this.take(isArray ? "]" : "}")) throw unexpected(this.text, this.at);
    return isArray ? closed.items : closed.members;
  }

  private finish(value: JsonValue): JsonValue {
    if (this.at < this.text.length) throw unexpected(this.text, this.at);
    return value;
  }

  private name(): string {
    if (this.text[this.at] !== '"') throw unexpected(this.text, this.at);
    const name = this.string();
    this.skip(SPACE);
    if (!this.take(":")) throw unexpected(this.text, this.at);
    this.skip(SPACE);
    return name;
  }

  private string(): string {
    let value = "";
    for (let from = ++this.at; ; from = this.at) {
      this.skip(PLAIN);
      value += this.text.slice(from, this.at);
      if (this.take('"')) return value;
      if (this.text[this.at] !== "\\") throw unexpected(this.text, this.at);
      value += this.escape();
    }
  }

  private escape(): string {
    const letter = this.text[this.at + 1];
    const plain = ESCAPES[letter];
    if (plain !== undefined && Object.hasOwn(ESCAPES, letter)) {
      this.at += 2;
      return plain;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (letter !== "u" || !/^[\da-fA-F]{4}$/.test(digits)) throw unexpected(this.text, this.at);
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private skip(what: RegExp): void {
    what.lastIndex = this.at;
    what.test(this.text);
    this.at = what.lastIndex;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }
}
