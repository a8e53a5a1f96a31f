import { RegexError } from "../error.js";
import { MAX_NESTING, MAX_PATTERN_LENGTH } from "../limits.js";
import {
  type CodePointSet,
  DIGITS,
  fromRanges,
  invert,
  LINE_TERMINATORS,
  WHITE_SPACE,
  WORD_CHARACTERS,
} from "./codePoints.js";
import { withOtherCase } from "./letterCase.js";
import { propertySet } from "./properties.js";
import { maxWidth, type PatternNode } from "./syntax.js";

/**
 * Parses an ECMA-262 pattern: with the syntax of the `u` flag if possible, else with the laxer one of browsers (ECMA-262, annex B).
 * Characters are code points in both.
 * The JavaScript engine decides whether a pattern is well-formed, so that all validators agree; the parser below can therefore
 * assume correct syntax.
 */
export function parsePattern(source: string): PatternNode {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new RegexError("too_large", `The pattern is longer than ${MAX_PATTERN_LENGTH} code units.`);
  }
  const plain = withoutModifiers(source);
  if (syntaxError(plain, "u") === undefined) return new Parser(source, true).parse();
  const error = syntaxError(plain, "");
  if (error === undefined) return new Parser(source, false).parse();
  if (/too large|stack/i.test(error)) throw new RegexError("too_large", error);
  throw new RegexError("syntax", error);
}

const MODIFIERS = /\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y;

/**
 * The pattern without inline flags. JavaScript engines support `(?i:...)` only since ES2025, and `(?i)`, which is common in other
 * languages, not at all.
 */
function withoutModifiers(source: string): string {
  if (!/\(\?[a-zA-Z-]/.test(source)) return source;
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?[a-zA-Z]*(?:-[a-zA-Z]*)?[:)]/gs, (part) => {
    if (!part.startsWith("(")) return part;
    return part.endsWith(":") ? "(?:" : "";
  });
}

function syntaxError(source: string, flags: string): string | undefined {
  try {
    new RegExp(source, flags);
    return undefined;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const EMPTY: PatternNode = { type: "sequence", items: [] };

/** Inline flags at one position of a pattern. */
interface Modifiers {
  /** `i` */
  readonly ignoresCase: boolean;
  /** `m`: `^` and `$` match at line breaks. */
  readonly multiline: boolean;
  /** `s`: the dot matches line breaks. */
  readonly dotAll: boolean;
}

interface Group {
  name: string | undefined;
  /** The captured node; undefined while the group is open. */
  body: PatternNode | undefined;
  /** Maximum number of code points it captures; computed on demand. */
  width: number | undefined;
}

class Parser {
  private readonly source: string;
  private readonly unicode: boolean;
  private at = 0;
  private nesting = 0;
  private lookbehinds = 0;
  private readonly groups: Group[] = [];
  private modifiers: Modifiers = { ignoresCase: false, multiline: false, dotAll: false };
  private census: { count: number; named: boolean } | undefined;

  constructor(source: string, unicode: boolean) {
    this.source = source;
    this.unicode = unicode;
  }

  parse(): PatternNode {
    return this.disjunction();
  }

  private disjunction(): PatternNode {
    if (++this.nesting > MAX_NESTING) {
      throw new RegexError("too_large", `The pattern nests deeper than ${MAX_NESTING} groups.`, this.at);
    }
    // Flags set inside a group apply until its end.
    const { modifiers } = this;
    const alternatives = [this.sequence()];
    while (this.take("|")) alternatives.push(this.sequence());
    this.modifiers = modifiers;
    this.nesting--;
    return alternatives.length === 1 ? alternatives[0] : { type: "alternatives", items: alternatives };
  }

  private sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.at < this.source.length && this.source[this.at] !== "|" && this.source[this.at] !== ")") {
      items.push(this.quantified(this.term()));
    }
    return items.length === 1 ? items[0] : { type: "sequence", items };
  }

  private quantified(body: PatternNode): PatternNode {
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    if (this.take("*")) min = 0;
    else if (this.take("+")) min = 1;
    else if (this.take("?")) max = 1;
    else {
      const counts = this.match(/\{(\d+)(,?)(\d*)\}/y);
      if (counts === undefined) return body;
      min = Number(counts[1]);
      if (counts[2] === "") max = min;
      else if (counts[3] !== "") max = Number(counts[3]);
    }
    this.take("?");
    // No string is that long.
    if (max >= 2 ** 30) max = Number.POSITIVE_INFINITY;
    return { type: "repeat", body, min, max };
  }

  private term(): PatternNode {
    const character = this.source[this.at];
    if (character === "(") return this.group();
    if (character === "[") return { type: "set", set: this.characterClass() };
    if (character === "\\") return this.escape();
    const { multiline, dotAll } = this.modifiers;
    if (this.take("^")) return multiline ? lineEdge("start") : { type: "start" };
    if (this.take("$")) return multiline ? lineEdge("end") : { type: "end" };
    if (this.take(".")) return { type: "set", set: dotAll ? ANY_CHARACTER : NOT_LINE_TERMINATORS };
    return this.literal(this.codePoint());
  }

  private group(): PatternNode {
    const start = this.at;
    const modifiers = this.match(MODIFIERS);
    if (modifiers !== undefined) return this.modified(modifiers, start);
    this.at++;
    if (!this.take("?")) return this.capture(undefined);
    if (this.take(":")) return this.closed(this.disjunction());
    if (this.take("=")) return this.look(true, false);
    if (this.take("!")) return this.look(true, true);
    if (this.take("<=")) return this.look(false, false);
    if (this.take("<!")) return this.look(false, true);
    const name = this.match(/<([^>]*)>/y);
    if (name === undefined)
      throw new RegexError("unsupported", "This kind of group is not supported.", start);
    return this.capture(name[1]);
  }

  /** `(?i:...)`, or `(?i)` for the rest of the enclosing group. */
  private modified([, set, cleared = "", end]: RegExpExecArray, start: number): PatternNode {
    const foreign = /[^ims]/.exec(set + cleared);
    if (foreign !== null)
      throw new RegexError("unsupported", `The inline flag "${foreign[0]}" is not supported.`, start);
    const before = this.modifiers;
    const flag = (letter: string, own: boolean) => !cleared.includes(letter) && (own || set.includes(letter));
    this.modifiers = {
      ignoresCase: flag("i", before.ignoresCase),
      multiline: flag("m", before.multiline),
      dotAll: flag("s", before.dotAll),
    };
    if (end === ")") return EMPTY;
    const body = this.closed(this.disjunction());
    this.modifiers = before;
    return body;
  }

  private literal(point: number): PatternNode {
    return { type: "set", set: this.cased([point, point]) };
  }

  private cased(set: CodePointSet): CodePointSet {
    return this.modifiers.ignoresCase ? withOtherCase(set) : set;
  }

  private capture(name: string | undefined): PatternNode {
    const group: Group = { name, body: undefined, width: undefined };
    this.groups.push(group);
    const body = this.closed(this.disjunction());
    group.body = body;
    return body;
  }

  private look(ahead: boolean, negative: boolean): PatternNode {
    if (!ahead) this.lookbehinds++;
    const body = this.closed(this.disjunction());
    if (!ahead) this.lookbehinds--;
    return { type: "look", ahead, negative, body };
  }

  private closed(body: PatternNode): PatternNode {
    this.at++;
    return body;
  }

  private escape(): PatternNode {
    const start = this.at++;
    if (this.take("b")) return { type: "boundary", negative: false };
    if (this.take("B")) return { type: "boundary", negative: true };
    const digits = this.match(/[1-9]\d*/y);
    if (digits !== undefined) {
      const number = Number(digits[0]);
      if (this.unicode || number <= this.takeCensus().count) {
        return this.backReference(this.groups[number - 1], this.groups.length < number, start);
      }
      this.at = start + 1;
    }
    if (this.source[this.at] === "k" && (this.unicode || this.takeCensus().named)) {
      const name = this.match(/k<([^>]*)>/y)?.[1];
      const named = this.groups.filter((group) => group.name === name);
      if (named.length > 1) throw new RegexError("unsupported", BACK_REFERENCE, start);
      return this.backReference(named[0], named.length === 0, start);
    }
    const escaped = this.characterEscape(false);
    return typeof escaped === "number" ? this.literal(escaped) : { type: "set", set: this.cased(escaped) };
  }

  /**
   * A reference to an open or later group matches the empty string, because the group has captured nothing (each iteration of a
   * repetition resets the captures). So does a reference to a group of width zero.
   */
  private backReference(group: Group | undefined, later: boolean, start: number): PatternNode {
    if (group === undefined || later) {
      if (this.lookbehinds === 0) return EMPTY;
    } else {
      if (group.body === undefined) return EMPTY;
      group.width ??= maxWidth(group.body);
      if (group.width === 0) return EMPTY;
    }
    throw new RegexError("unsupported", BACK_REFERENCE, start);
  }

  /** The groups of the whole pattern, which determine the meaning of some escapes without the `u` flag. */
  private takeCensus(): { count: number; named: boolean } {
    if (this.census === undefined) {
      this.census = { count: 0, named: false };
      for (const part of this.source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<(?![=!]))?)?/gs)) {
        if (part[0] === "(" || part[0] === "(?<") this.census.count++;
        if (part[0] === "(?<") this.census.named = true;
      }
    }
    return this.census;
  }

  private characterClass(): CodePointSet {
    this.at++;
    const negative = this.take("^");
    const ranges: number[] = [];
    while (!this.take("]")) {
      const first = this.classAtom();
      if (this.source[this.at] !== "-" || this.source[this.at + 1] === "]") {
        push(ranges, first);
        continue;
      }
      this.at++;
      const last = this.classAtom();
      if (typeof first === "number" && typeof last === "number") ranges.push(first, last);
      else {
        push(ranges, first);
        push(ranges, last);
        ranges.push(0x2d, 0x2d);
      }
    }
    const set = this.cased(fromRanges(ranges));
    return negative ? invert(set) : set;
  }

  private classAtom(): number | CodePointSet {
    if (this.source[this.at] !== "\\") return this.codePoint();
    this.at++;
    if (this.take("b")) return 8;
    return this.characterEscape(true);
  }

  /** The escape after a backslash, if it represents characters. */
  private characterEscape(inClass: boolean): number | CodePointSet {
    const character = this.source[this.at];
    if (character in CLASS_ESCAPES) {
      this.at++;
      return CLASS_ESCAPES[character];
    }
    if (character in CONTROL_ESCAPES) {
      this.at++;
      return CONTROL_ESCAPES[character];
    }
    if (this.unicode) {
      const property = this.match(/([pP])\{([^}]*)\}/y);
      if (property !== undefined) {
        const set = propertySet(property[2]);
        return property[1] === "p" ? set : invert(set);
      }
    }
    if (character === "c") return this.controlEscape(inClass);
    const hexadecimal =
      this.match(/x([\da-fA-F]{2})/y) ?? (this.unicode ? this.match(/u\{([\da-fA-F]+)\}/y) : undefined);
    if (hexadecimal !== undefined) return Number.parseInt(hexadecimal[1], 16);
    const pair = this.match(/u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})/y);
    if (pair !== undefined) {
      return String.fromCharCode(Number.parseInt(pair[1], 16), Number.parseInt(pair[2], 16)).codePointAt(0)!;
    }
    const unit = this.match(/u([\da-fA-F]{4})/y);
    if (unit !== undefined) return Number.parseInt(unit[1], 16);
    const octal = this.match(/[0-3][0-7]{0,2}|[4-7][0-7]?/y);
    if (octal !== undefined) return Number.parseInt(octal[0], 8);
    return this.codePoint();
  }

  private controlEscape(inClass: boolean): number {
    const control = this.match(inClass && !this.unicode ? /c([a-zA-Z0-9_])/y : /c([a-zA-Z])/y);
    // Annex B: otherwise it is a backslash followed by `c`.
    return control === undefined ? 0x5c : control[1].charCodeAt(0) % 32;
  }

  private codePoint(): number {
    const point = this.source.codePointAt(this.at)!;
    this.at += point > 0xffff ? 2 : 1;
    return point;
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.source);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}

const BACK_REFERENCE =
  "Back-references are not regular: spell out the alternatives, or check the value yourself.";

const NOT_LINE_TERMINATORS = invert(LINE_TERMINATORS);

const CLASS_ESCAPES: Readonly<Record<string, CodePointSet>> = {
  d: DIGITS,
  D: invert(DIGITS),
  w: WORD_CHARACTERS,
  W: invert(WORD_CHARACTERS),
  s: WHITE_SPACE,
  S: invert(WHITE_SPACE),
};

const ANY_CHARACTER: CodePointSet = [0, 0x10ffff];

/** The start or end of the text, or of a line. */
function lineEdge(type: "start" | "end"): PatternNode {
  const lineBreak: PatternNode = { type: "set", set: LINE_TERMINATORS };
  const look: PatternNode = { type: "look", ahead: type === "end", negative: false, body: lineBreak };
  return { type: "alternatives", items: [{ type }, look] };
}

function push(ranges: number[], atom: number | CodePointSet): void {
  if (typeof atom === "number") ranges.push(atom, atom);
  else for (const bound of atom) ranges.push(bound);
}
