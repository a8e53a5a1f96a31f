import { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from "./value.js";

/** A text that is not JSON (RFC 8259). `offset` counts UTF-16 code units from the start of the text. */
export class JsonSyntaxError extends SyntaxError {
  readonly offset: number;

  constructor(complaint: string, offset: number) {
    super(`${complaint} at offset ${offset}.`);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

export interface ParseLimits {
  /** Arrays and objects one inside the other. Default 4096. */
  depth?: number;
}

const DEFAULT_DEPTH = 4096;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Characters that stand for themselves inside a string. */
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

/** Where arrays and objects stand in their text, in UTF-16 code units; `to` is behind the last one. */
export type Spans = WeakMap<object, { readonly from: number; readonly to: number }>;

/**
 * Reads a whole JSON text. Throws `JsonSyntaxError`. Linear in the text; deep texts do not use the call stack.
 * `spans` receives the place of every array and object.
 */
export function parseJson(text: string, limits: ParseLimits = {}, spans?: Spans): JsonValue {
  return new Parser(text, limits.depth ?? DEFAULT_DEPTH, spans).document();
}

interface OpenArray {
  readonly from: number;
  readonly items: JsonValue[];
}

interface OpenObject {
  readonly from: number;
  readonly members: Map<string, JsonValue>;
  name: string;
}

class Parser {
  private readonly text: string;
  private readonly depth: number;
  private readonly spans: Spans | undefined;
  private at = 0;

  constructor(text: string, depth: number, spans: Spans | undefined) {
    this.text = text;
    this.depth = depth;
    this.spans = spans;
  }

  document(): JsonValue {
    const open: (OpenArray | OpenObject)[] = [];
    this.skip(SPACE);
    for (;;) {
      let value = this.begin(open);
      // A value has ended: so may what it stands in, and what that stands in.
      while (value !== undefined) {
        this.skip(SPACE);
        const around = open.at(-1);
        if (around === undefined) return this.finish(value);
        value = this.add(around, value) ? undefined : this.close(open);
      }
    }
  }

  /** One scalar or empty container; undefined where a container was opened and its first value follows. */
  private begin(open: (OpenArray | OpenObject)[]): JsonValue | undefined {
    const { text } = this;
    const character = text[this.at];
    if (character === '"') return this.string();
    if (character === "[" || character === "{") {
      const from = this.at++;
      this.skip(SPACE);
      if (character === "[") {
        if (this.take("]")) return this.placed([], from);
        if (open.length >= this.depth) throw this.tooDeep(from);
        open.push({ from, items: [] });
      } else {
        if (this.take("}")) return this.placed(new Map(), from);
        if (open.length >= this.depth) throw this.tooDeep(from);
        open.push({ from, members: new Map(), name: this.name() });
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
    if (match === null) throw this.unexpected();
    this.at = NUMBER.lastIndex;
    return new JsonNumber(match[0]);
  }

  /** Adds a finished value; true where another one follows it. */
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
    if (!this.take(isArray ? "]" : "}")) throw this.unexpected();
    return this.placed(isArray ? closed.items : closed.members, closed.from);
  }

  private placed<Container extends JsonArray | JsonObject>(container: Container, from: number): Container {
    this.spans?.set(container, { from, to: this.at });
    return container;
  }

  private finish(value: JsonValue): JsonValue {
    if (this.at < this.text.length) throw this.unexpected();
    return value;
  }

  private name(): string {
    if (this.text[this.at] !== '"') throw this.unexpected();
    const name = this.string();
    this.skip(SPACE);
    if (!this.take(":")) throw this.unexpected();
    this.skip(SPACE);
    return name;
  }

  private string(): string {
    let value = "";
    for (let from = ++this.at; ; from = this.at) {
      this.skip(PLAIN);
      value += this.text.slice(from, this.at);
      if (this.take('"')) return value;
      if (this.text[this.at] !== "\\") throw this.unexpected();
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
    if (letter !== "u" || !/^[\da-fA-F]{4}$/.test(digits)) throw this.unexpected();
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

  private unexpected(): JsonSyntaxError {
    const found = this.text.codePointAt(this.at);
    if (found === undefined) return new JsonSyntaxError("Unexpected end", this.at);
    return new JsonSyntaxError(`Unexpected ${JSON.stringify(String.fromCodePoint(found))}`, this.at);
  }

  private tooDeep(at: number): JsonSyntaxError {
    return new JsonSyntaxError(`More than ${this.depth} levels of nesting`, at);
  }
}
