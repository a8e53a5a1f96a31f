import {
  endOfScalar,
  endOfString,
  isSpace,
  Scanner,
  type ScanOptions,
  TAPE_STEP,
  type Tape,
} from "./scan.js";
import { JsonNumber } from "./value.js";
import { writeJson } from "./write.js";

/** A part of a document: a scalar as its value, an array or object as its position in the text. */
export type JsonPart = null | boolean | string | JsonNumber | JsonContainer;

/** Characters checked before the event loop runs: about a millisecond. */
const TURN_CHARACTERS = 32 * 1024;

/**
 * A JSON text that is read part by part. The text is checked as a whole at first. Values are only created for requested parts, and
 * each part is available as it was written.
 */
export class JsonDocument {
  readonly root: JsonPart;

  private constructor(text: string, tape: Tape) {
    let from = 0;
    while (isSpace(text.charCodeAt(from))) from++;
    this.root = tape.length > 0 ? new JsonContainer(text, tape, 0) : scalarAt(text, from);
  }

  /** Throws `JsonSyntaxError`, and `RepeatedNameError` if names have to be distinct. */
  static read(text: string, options: ScanOptions = {}): JsonDocument {
    const scanner = new Scanner(text, options);
    scanner.advance(text.length);
    return new JsonDocument(text, scanner.result);
  }

  /** The same, calling `pause` after each piece of a long text. */
  static async readInTurns(
    text: string,
    pause: () => Promise<unknown>,
    options: ScanOptions = {},
  ): Promise<JsonDocument> {
    const scanner = new Scanner(text, options);
    while (!scanner.advance(TURN_CHARACTERS)) await pause();
    return new JsonDocument(text, scanner.result);
  }
}

/** An array or object inside a document. */
export class JsonContainer {
  private readonly whole: string;
  private readonly tape: Tape;
  private readonly index: number;
  private knownItems: readonly JsonPart[] | undefined;
  private knownFirst: readonly JsonPart[] | undefined;
  private knownMembers: ReadonlyMap<string, JsonPart> | undefined;

  constructor(whole: string, tape: Tape, index: number) {
    this.whole = whole;
    this.tape = tape;
    this.index = index;
  }

  get kind(): "array" | "object" {
    return this.whole.charAt(this.tape[this.index * TAPE_STEP]) === "[" ? "array" : "object";
  }

  /** Its text in the document. */
  get text(): string {
    const at = this.index * TAPE_STEP;
    return this.whole.slice(this.tape[at], this.tape[at + 1]);
  }

  /** The items of an array. Throws `RangeError` if there are more than `most`. */
  items(most = Number.POSITIVE_INFINITY): readonly JsonPart[] {
    if (this.knownItems === undefined) {
      const items: JsonPart[] = [];
      this.each(most, (part) => items.push(part));
      this.knownItems = items;
    }
    return this.knownItems;
  }

  /** The first `count` items of an array. */
  first(count: number): readonly JsonPart[] {
    if (this.knownItems !== undefined) return this.knownItems.slice(0, count);
    if (this.knownFirst !== undefined && this.knownFirst.length >= count)
      return this.knownFirst.slice(0, count);
    const items: JsonPart[] = [];
    this.each(count, (part) => items.push(part), true);
    if (items.length < count) this.knownItems = items;
    else this.knownFirst = items;
    return items;
  }

  /** The members of an object; for a repeated name, the last value at the first position. Throws `RangeError` like `items`. */
  members(most = Number.POSITIVE_INFINITY): ReadonlyMap<string, JsonPart> {
    if (this.knownMembers === undefined) {
      const members = new Map<string, JsonPart>();
      this.each(most, (part, name) => members.set(name, part));
      this.knownMembers = members;
    }
    return this.knownMembers;
  }

  /** The direct parts, without reading them. Beyond `most`, it stops if that is `enough`, otherwise it throws. */
  private each(most: number, take: (part: JsonPart, name: string) => void, enough = false): void {
    const { whole, tape } = this;
    const isObject = this.kind === "object";
    const end = tape[this.index * TAPE_STEP + 1] - 1;
    let inner = this.index + 1;
    let at = tape[this.index * TAPE_STEP] + 1;
    const skip = () => {
      while (isSpace(whole.charCodeAt(at))) at++;
    };
    for (let count = 0; ; count++) {
      skip();
      if (at >= end) return;
      if (count >= most && enough) return;
      if (count >= most) throw new RangeError(`There are more than ${most} parts.`);
      let name = "";
      if (isObject) {
        const from = at;
        at = endOfString(whole, from);
        name = stringOf(whole, from, at);
        skip();
        at++; // The colon.
        skip();
      }
      if (tape[inner * TAPE_STEP] === at) {
        take(new JsonContainer(whole, tape, inner), name);
        at = tape[inner * TAPE_STEP + 1];
        inner = tape[inner * TAPE_STEP + 2];
      } else {
        take(scalarAt(whole, at), name);
        at = endOfScalar(whole, at);
      }
      skip();
      at++; // The comma, or the end.
    }
  }
}

/** A part as it was written; a string as printed. */
export function textOfPart(part: JsonPart): string {
  return part instanceof JsonContainer ? part.text : writeJson(part);
}

export function isObjectPart(part: JsonPart | undefined): part is JsonContainer {
  return part instanceof JsonContainer && part.kind === "object";
}

export function isArrayPart(part: JsonPart | undefined): part is JsonContainer {
  return part instanceof JsonContainer && part.kind === "array";
}

function scalarAt(text: string, from: number): JsonPart {
  switch (text.charAt(from)) {
    case '"':
      return stringOf(text, from, endOfString(text, from));
    case "t":
      return true;
    case "f":
      return false;
    case "n":
      return null;
    default:
      return new JsonNumber(text.slice(from, endOfScalar(text, from)));
  }
}

/** The value of the string from `from` to `to`, quotes included. */
function stringOf(text: string, from: number, to: number): string {
  const inside = text.slice(from + 1, to - 1);
  return inside.includes("\\") ? (JSON.parse(text.slice(from, to)) as string) : inside;
}
