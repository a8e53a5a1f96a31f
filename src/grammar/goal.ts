import type { ArrayShape } from "./arrays/shape.js";
import { type Binary, textOf } from "./bytes.js";
import type { Place } from "./configuration.js";
import type { Fuel } from "./fuel.js";
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "./jsonTypes.js";
import type { NumberMachine } from "./numbers/machine.js";
import type { ObjectShape } from "./objects/shape.js";
import { flat, Rope } from "./rope.js";
import type { Search } from "./search.js";
import type { StringMachine } from "./strings/machine.js";
import { otherText } from "./strings/shortTexts.js";
import { isFreeShape, shapeHasAtLeast } from "./values/cardinality.js";
import type { LiteralList } from "./values/literals.js";
import { ValuePlace } from "./values/places.js";

/**
 * One alternative for a value: the possible types and, for each type, the demands. Types that cannot be satisfied are cleared
 * before the shape is built.
 */
export interface Shape {
  readonly types: number;
  readonly number: NumberMachine;
  readonly string: StringLexeme;
  readonly array: ArrayShape;
  readonly object: ObjectShape;
}

/** The inside of a string: one of a list (spelled with the closing quote), or a machine with some texts excluded. */
export interface StringLexeme {
  readonly literals?: LiteralList;
  readonly machine?: StringMachine;
  readonly excluded?: LiteralList;
  /** Tests of the complete string, for properties that no machine can decide. Few strings should get this far. */
  readonly checks?: readonly ((text: string) => boolean)[];
  /** Places inside such a string, by state of the machine. */
  places?: unknown[];
}

/** The demands on a value: a conjunction of schemas, split into alternatives on demand. Interned. */
export class Goal {
  readonly id: number;
  private readonly search: Search;
  private readonly expand: () => readonly Shape[];
  private readonly isObvious: () => boolean;
  private found: readonly Shape[] | undefined;
  private isExpanding = false;
  private state: "new" | "busy" | "done" = "new";
  private way: Rope | undefined;
  private possible = false;
  private sure: boolean | undefined;
  private valuePlace: Place | undefined;
  /** Found impossible while the goal at `level` was in progress: valid for as long as that goal is. */
  private assumed: { level: number; visit: number; cutDepth: number } | undefined;

  /** `isObvious`: a quick check that some value surely satisfies the goal. */
  constructor(id: number, search: Search, expand: () => readonly Shape[], isObvious: () => boolean) {
    this.id = id;
    this.search = search;
    this.expand = expand;
    this.isObvious = isObvious;
  }

  get alternatives(): readonly Shape[] {
    if (this.found !== undefined) return this.found;
    if (this.isExpanding) {
      // Requested while being computed: what depends on them remains open.
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

  /** The place before a value that must satisfy the goal. */
  get place(): Place {
    this.valuePlace ??= new ValuePlace(this);
    return this.valuePlace;
  }

  /** Whether surely at least `least` different values satisfy the goal. */
  hasAtLeast(least: number): boolean {
    return this.alternatives.some((shape) => shapeHasAtLeast(shape, least));
  }

  /** Whether each prefix of a value that satisfies the goal is shared by infinitely many such values. */
  get isFree(): boolean {
    return this.alternatives.every(isFreeShape);
  }

  /** Whether any value satisfies the goal. */
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
   * A short document that satisfies the goal; undefined if there is none. A goal that needs itself has no finite document that way,
   * so a goal in progress counts as impossible, which a least derivation never needs. An "impossible" found under this assumption
   * is not cached.
   */
  get shortest(): Rope | undefined {
    return this.work(true);
  }

  /** The same as a text; throws a `LimitError` if it is too long. */
  get shortestText(): Binary | undefined {
    const way = this.shortest;
    return way === undefined ? undefined : flat(way, this.search.fuel);
  }

  /** The short document with `isText`; otherwise any text if the goal can be satisfied. */
  private work(isText: boolean): Rope | undefined {
    if (this.state === "done") return this.way;
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
    const depth = search.enter(this);
    this.state = "busy";
    const outerCut = search.cutDepth;
    search.cutDepth = Number.POSITIVE_INFINITY;
    let best: Rope | undefined;
    try {
      if (isText) best = this.compare();
      else if (this.alternatives.some((shape) => hasValue(shape, search.fuel))) best = Rope.EMPTY;
    } finally {
      // Also after a schema was rejected: the search is no longer in progress.
      busy.length = depth;
      this.state = "new";
    }
    const provisional = best === undefined && search.cutDepth < depth;
    this.state = provisional || (best !== undefined && !isText) ? "new" : "done";
    if (provisional && depth > 0)
      this.assumed = { level: depth - 1, visit: visits[depth - 1], cutDepth: search.cutDepth };
    if (this.state === "done") this.way = best;
    search.cutDepth = Math.min(outerCut, provisional ? search.cutDepth : Number.POSITIVE_INFINITY);
    return best;
  }

  /** The shortest document among those of the first alternatives that have one. */
  private compare(): Rope | undefined {
    let best: Rope | undefined;
    let left = MAX_COMPARED;
    for (const shape of this.alternatives) {
      const text = shortestOf(shape, this.search.fuel);
      if (text === undefined) continue;
      if (best === undefined || text.length < best.length) best = text;
      if (--left === 0) break;
    }
    return best;
  }
}

/** Maximum number of alternatives compared for a short document. */
const MAX_COMPARED = 16;

/** Whether the shape has a value, without creating a text. */
export function hasValue({ types, string, array, object }: Shape, fuel?: Fuel): boolean {
  return (
    (types & (NULL | TRUE | FALSE | NUMBER)) !== 0 ||
    ((types & STRING) !== 0 && hasString(string, fuel)) ||
    ((types & ARRAY) !== 0 && array.start.canClose) ||
    ((types & OBJECT) !== 0 && object.start.canClose)
  );
}

function hasString(lexeme: StringLexeme, fuel: Fuel | undefined): boolean {
  const { machine, excluded, checks } = lexeme;
  if (machine !== undefined && excluded === undefined && checks === undefined) return !machine.isEmpty;
  return shortestString(lexeme, fuel) !== undefined;
}

/** A short text of the shape, or undefined. */
function shortestOf(shape: Shape, fuel: Fuel): Rope | undefined {
  const { types } = shape;
  if ((types & NUMBER) !== 0) return Rope.of(shape.number.closing(shape.number.start, fuel));
  let best: Rope | undefined;
  if ((types & STRING) !== 0) {
    const text = shortestString(shape.string, fuel);
    if (text !== undefined) best = Rope.join('"', text);
  }
  if (best !== undefined && best.length <= 2) return best;
  if ((types & NULL) !== 0) best = shorter(best, Rope.of("null"));
  else if ((types & TRUE) !== 0) best = shorter(best, Rope.of("true"));
  else if ((types & FALSE) !== 0) best = shorter(best, Rope.of("false"));
  if (best !== undefined && best.length <= 5) return best;
  if ((types & ARRAY) !== 0) {
    const rest = shape.array.start.closing("open");
    if (rest !== undefined) best = shorter(best, Rope.join("[", rest));
  }
  if (best !== undefined && best.length <= 2) return best;
  if ((types & OBJECT) !== 0) {
    const rest = shape.object.start.closing("open");
    if (rest !== undefined) best = shorter(best, Rope.join("{", rest));
  }
  return best;
}

function shorter(a: Rope | undefined, b: Rope): Rope {
  return a === undefined || b.length < a.length ? b : a;
}

/** The rest of a short string after its opening quote. */
function shortestString(lexeme: StringLexeme, fuel?: Fuel): Rope | undefined {
  if (lexeme.literals !== undefined) {
    return lexeme.literals.texts.length === 0 ? undefined : lexeme.literals.whole.shortestRest;
  }
  const machine = lexeme.machine!;
  if (machine.isEmpty) return undefined;
  const way = machine.closing(machine.start);
  if (lexeme.checks !== undefined) {
    const value = JSON.parse(textOf(`"${flat(way, fuel)}`)) as string;
    return lexeme.checks.every((check) => check(value)) ? way : undefined;
  }
  if (lexeme.excluded === undefined || !lexeme.excluded.whole.has(way)) return way;
  const other = otherText(machine, lexeme.excluded.whole, machine.start, fuel);
  return other === undefined ? undefined : Rope.of(other);
}
