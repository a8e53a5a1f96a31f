import type { ArrayShape } from "./arrays/shape.js";
import { type Binary, textOf } from "./bytes.js";
import type { Place } from "./configuration.js";
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "./jsonTypes.js";
import type { NumberMachine } from "./numbers/machine.js";
import type { ObjectShape } from "./objects/shape.js";
import type { Search } from "./search.js";
import type { StringMachine } from "./strings/machine.js";
import { otherText } from "./strings/shortTexts.js";
import { isFreeShape, shapeHasAtLeast } from "./values/cardinality.js";
import type { LiteralList } from "./values/literals.js";
import { ValuePlace } from "./values/places.js";

/**
 * One alternative for a value: the types it may have and, for each type, what holds together there.
 * A type whose bit is set but whose part cannot be met is cleared before the shape is built.
 */
export interface Shape {
  readonly types: number;
  readonly number: NumberMachine;
  readonly string: StringLexeme;
  readonly array: ArrayShape;
  readonly object: ObjectShape;
}

/** The inside of a string: one of a list (spelled with its closing quote), or a machine with some texts taken out. */
export interface StringLexeme {
  readonly literals?: LiteralList;
  readonly machine?: StringMachine;
  readonly excluded?: LiteralList;
  /** Tests of the whole string, for what no machine can tell. Few strings should come this far. */
  readonly checks?: readonly ((text: string) => boolean)[];
  /** Places inside such a string, by state of the machine. */
  places?: unknown[];
}

/** What a value must meet: a conjunction of schemas, split on demand into alternatives. Interned: equal goals are one object. */
export class Goal {
  readonly id: number;
  private readonly search: Search;
  private readonly expand: () => readonly Shape[];
  private readonly isObvious: () => boolean;
  private found: readonly Shape[] | undefined;
  private isExpanding = false;
  private state: "new" | "busy" | "done" = "new";
  private text: Binary | undefined;
  private possible = false;
  private sure: boolean | undefined;
  private valuePlace: Place | undefined;
  /** Found impossible while the goal at `level` was being worked out: that stands as long as that goal does. */
  private assumed: { level: number; visit: number; cutDepth: number } | undefined;

  /** `isObvious`: a cheap test that may say "surely some value meets this". */
  constructor(id: number, search: Search, expand: () => readonly Shape[], isObvious: () => boolean) {
    this.id = id;
    this.search = search;
    this.expand = expand;
    this.isObvious = isObvious;
  }

  get alternatives(): readonly Shape[] {
    if (this.found !== undefined) return this.found;
    if (this.isExpanding) {
      // Asked for while they are being found: what depends on them is left open.
      this.search.cutOff();
      return [];
    }
    this.isExpanding = true;
    try {
      this.found = this.expand();
    } finally {
      this.isExpanding = false;
    }
    return this.found;
  }

  /** The place before a value that must meet the goal. */
  get place(): Place {
    this.valuePlace ??= new ValuePlace(this);
    return this.valuePlace;
  }

  /** Whether surely `least` different values meet the goal. */
  hasAtLeast(least: number): boolean {
    return this.alternatives.some((shape) => shapeHasAtLeast(shape, least));
  }

  /** Whether each beginning of a value that meets the goal is one of values without end. */
  get isFree(): boolean {
    return this.alternatives.every(isFreeShape);
  }

  /** Whether any value meets the goal. */
  get isPossible(): boolean {
    if (this.possible || (this.state === "new" && this.isSure)) return true;
    this.possible = this.work(false) !== undefined;
    return this.possible;
  }

  private get isSure(): boolean {
    this.sure ??= this.isObvious();
    return this.sure;
  }

  /** Whether the alternative has an array (with `type` ARRAY) or an object (with OBJECT). */
  mayOpen(shape: Shape, type: number): boolean {
    if (shape.types === type && this.alternatives.length === 1 && this.isSure) return true;
    return (type === ARRAY ? shape.array : shape.object).start.canClose;
  }

  /**
   * A short document that meets the goal; undefined where there is none. A goal that needs itself to be finished has
   * no finite document by that way: while a goal is being worked out it counts as impossible, which a least
   * derivation never needs; "impossible" found under that assumption is not remembered.
   */
  get shortest(): Binary | undefined {
    return this.work(true);
  }

  /** The short document with `isText`; otherwise any text where the goal can be met, which is not kept. */
  private work(isText: boolean): Binary | undefined {
    if (this.state === "done") return this.text;
    const { search } = this;
    const { busy, visits } = search;
    if (this.state === "busy") {
      search.cutAt(busy.indexOf(this));
      return undefined;
    }
    if (
      this.assumed !== undefined &&
      visits[this.assumed.level] === this.assumed.visit &&
      busy.length > this.assumed.level
    ) {
      search.cutAt(this.assumed.cutDepth);
      return undefined;
    }
    this.state = "busy";
    const depth = busy.length;
    busy.push(this);
    visits[depth] = ++search.visitCount;
    const outerCut = search.cutDepth;
    search.cutDepth = Number.POSITIVE_INFINITY;
    let best: Binary | undefined;
    try {
      if (isText) best = this.compare();
      else if (this.alternatives.some(hasValue)) best = "";
    } finally {
      // Also where a schema was refused on the way: what was under way is over.
      busy.length = depth;
      this.state = "new";
    }
    const provisional = best === undefined && search.cutDepth < depth;
    this.state = provisional || (best !== undefined && !isText) ? "new" : "done";
    if (provisional && depth > 0)
      this.assumed = { level: depth - 1, visit: visits[depth - 1], cutDepth: search.cutDepth };
    if (this.state === "done") this.text = best;
    search.cutDepth = Math.min(outerCut, provisional ? search.cutDepth : Number.POSITIVE_INFINITY);
    return best;
  }

  /** The shortest of the documents of the first alternatives that have one. */
  private compare(): Binary | undefined {
    let best: Binary | undefined;
    let left = MOST_COMPARED;
    for (const shape of this.alternatives) {
      const text = shortestOf(shape);
      if (text === undefined) continue;
      if (best === undefined || text.length < best.length) best = text;
      if (--left === 0) break;
    }
    return best;
  }
}

/** Alternatives compared for a short document. */
const MOST_COMPARED = 16;

/** Whether the shape has a value: the same as to have a short text, without making one. */
export function hasValue({ types, string, array, object }: Shape): boolean {
  return (
    (types & (NULL | TRUE | FALSE | NUMBER)) !== 0 ||
    ((types & STRING) !== 0 && hasString(string)) ||
    ((types & ARRAY) !== 0 && array.start.canClose) ||
    ((types & OBJECT) !== 0 && object.start.canClose)
  );
}

function hasString(lexeme: StringLexeme): boolean {
  const { machine, excluded, checks } = lexeme;
  if (machine !== undefined && excluded === undefined && checks === undefined) return !machine.isEmpty;
  return shortestString(lexeme) !== undefined;
}

/** A short text of the shape, or undefined. */
function shortestOf(shape: Shape): Binary | undefined {
  const { types } = shape;
  if ((types & NUMBER) !== 0) return shape.number.closing(shape.number.start);
  let best: Binary | undefined;
  if ((types & STRING) !== 0) {
    const text = shortestString(shape.string);
    if (text !== undefined) best = `"${text}`;
  }
  if (best !== undefined && best.length <= 2) return best;
  if ((types & NULL) !== 0) best = shorter(best, "null");
  else if ((types & TRUE) !== 0) best = shorter(best, "true");
  else if ((types & FALSE) !== 0) best = shorter(best, "false");
  if (best !== undefined && best.length <= 5) return best;
  if ((types & ARRAY) !== 0) {
    const rest = shape.array.start.closing("open");
    if (rest !== undefined) best = shorter(best, `[${rest}`);
  }
  if (best !== undefined && best.length <= 2) return best;
  if ((types & OBJECT) !== 0) {
    const rest = shape.object.start.closing("open");
    if (rest !== undefined) best = shorter(best, `{${rest}`);
  }
  return best;
}

function shorter(a: Binary | undefined, b: Binary): Binary {
  return a === undefined || b.length < a.length ? b : a;
}

/** A short inside of a string with its closing quote. */
export function shortestString(lexeme: StringLexeme): Binary | undefined {
  if (lexeme.literals !== undefined) {
    return lexeme.literals.texts.length === 0 ? undefined : lexeme.literals.whole.shortestRest;
  }
  const machine = lexeme.machine!;
  if (machine.isEmpty) return undefined;
  if (lexeme.checks !== undefined) {
    const text = machine.closing(machine.start);
    const value = JSON.parse(textOf(`"${text}`)) as string;
    return lexeme.checks.every((check) => check(value)) ? text : undefined;
  }
  const text = machine.closing(machine.start);
  if (lexeme.excluded === undefined || !lexeme.excluded.texts.includes(text)) return text;
  return otherText(machine, new Set(lexeme.excluded.texts));
}
