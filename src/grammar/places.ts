import type { ArrayFrame, ItemWay } from "./arrayShape.js";
import { type Binary, canonical } from "./bytes.js";
import {
  type Configuration,
  isWhitespace,
  type NumberPlace,
  newPlaceId,
  type PendingPlace,
  type Place,
  type Sink,
} from "./configuration.js";
import {
  ARRAY,
  FALSE,
  type Goal,
  NULL,
  NUMBER,
  OBJECT,
  otherText,
  type Shape,
  STRING,
  type StringLexeme,
  TRUE,
} from "./goal.js";
import { LiteralList, type LiteralSpan } from "./literals.js";
import type { NumberMachine } from "./numberMachine.js";
import type { ObjectFrame, ObjectPhase } from "./objectShape.js";
import type { StringMachine } from "./stringMachine.js";

// Places are interned by what they stand for: each map is keyed by the owner, so that places die with it.

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const MINUS = 0x2d;

/** The document is whole; white space may follow. */
export const END: Place = {
  id: newPlaceId(),
  kind: "end",
  step(byte, outer, sink) {
    if (isWhitespace(byte)) sink.add(END, outer);
  },
  pushBytes() {},
  closing: () => "",
};

const values = new WeakMap<Goal, ValuePlace>();

/** Before a value that must meet `goal`. */
export function beforeValue(goal: Goal): Place {
  let place = values.get(goal);
  if (place === undefined) values.set(goal, (place = new ValuePlace(goal)));
  return place;
}

class ValuePlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "structure";
  private readonly goal: Goal;

  constructor(goal: Goal) {
    this.goal = goal;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    if (isWhitespace(byte)) {
      sink.add(this, outer);
      return;
    }
    const { alternatives } = this.goal;
    for (let i = 0; i < alternatives.length; i++) beginValue(alternatives[i], byte, outer, sink);
  }

  pushBytes(bytes: Set<number>): void {
    for (const { types, number, string, array, object } of this.goal.alternatives) {
      if ((types & NULL) !== 0) bytes.add(0x6e);
      if ((types & TRUE) !== 0) bytes.add(0x74);
      if ((types & FALSE) !== 0) bytes.add(0x66);
      if ((types & STRING) !== 0 && !isEmptyString(string)) bytes.add(QUOTE);
      if ((types & ARRAY) !== 0 && array.start.closing("open") !== undefined) bytes.add(0x5b);
      if ((types & OBJECT) !== 0 && object.start.closing("open") !== undefined) bytes.add(0x7b);
      if ((types & NUMBER) !== 0) {
        for (let digit = 0x30; digit <= 0x39; digit++)
          if (number.step(number.start, digit) !== 0) bytes.add(digit);
        if (number.step(number.start, MINUS) !== 0) bytes.add(MINUS);
      }
    }
  }

  closing(): Binary | undefined {
    return this.goal.shortest;
  }
}

function isEmptyString(lexeme: StringLexeme): boolean {
  return lexeme.literals !== undefined ? lexeme.literals.texts.length === 0 : lexeme.machine!.isEmpty;
}

function beginValue(shape: Shape, byte: number, outer: Configuration, sink: Sink): void {
  const { types } = shape;
  switch (byte) {
    case QUOTE:
      if ((types & STRING) !== 0) beginString(shape.string, outer, sink);
      return;
    case 0x7b:
      if ((types & OBJECT) !== 0 && shape.object.start.closing("open") !== undefined)
        sink.add(inObject(shape.object.start, "open"), outer);
      return;
    case 0x5b:
      if ((types & ARRAY) !== 0 && shape.array.start.closing("open") !== undefined)
        sink.add(inArray(shape.array.start, "open"), outer);
      return;
    case 0x6e:
      if ((types & NULL) !== 0) sink.add(inLiteral(NULL_TEXT.whole.step(byte)!, "literal"), outer);
      return;
    case 0x74:
      if ((types & TRUE) !== 0) sink.add(inLiteral(TRUE_TEXT.whole.step(byte)!, "literal"), outer);
      return;
    case 0x66:
      if ((types & FALSE) !== 0) sink.add(inLiteral(FALSE_TEXT.whole.step(byte)!, "literal"), outer);
      return;
    default: {
      if ((types & NUMBER) === 0) return;
      const state = shape.number.step(shape.number.start, byte);
      if (state !== 0) sink.add(inNumber(shape.number, state), outer);
    }
  }
}

const NULL_TEXT = new LiteralList([{ text: "null", value: 0 }]);
const TRUE_TEXT = new LiteralList([{ text: "true", value: 0 }]);
const FALSE_TEXT = new LiteralList([{ text: "false", value: 0 }]);

function beginString(lexeme: StringLexeme, outer: Configuration, sink: Sink): void {
  if (lexeme.literals !== undefined) {
    if (lexeme.literals.texts.length > 0) sink.add(inLiteral(lexeme.literals.whole, "string"), outer);
  } else if (!lexeme.machine!.isEmpty) {
    sink.add(inString(lexeme.machine!, lexeme.machine!.start, lexeme.excluded?.whole), outer);
  }
}

const literals = new WeakMap<LiteralSpan, LiteralPlace>();

/** Inside one of a list of texts; the last byte of a text ends the value. */
function inLiteral(span: LiteralSpan, kind: "string" | "literal"): LiteralPlace {
  let place = literals.get(span);
  if (place === undefined) literals.set(span, (place = new LiteralPlace(span, kind)));
  return place;
}

class LiteralPlace implements Place {
  readonly id = newPlaceId();
  readonly kind: "string" | "literal";
  private readonly span: LiteralSpan;

  constructor(span: LiteralSpan, kind: "string" | "literal") {
    this.span = span;
    this.kind = kind;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const next = this.span.step(byte);
    if (next === undefined) return;
    if (next.ended >= 0) sink.addAll(outer);
    if (next.continues) sink.add(inLiteral(next, this.kind), outer);
  }

  pushBytes(bytes: Set<number>): void {
    this.span.pushBytes(bytes);
  }

  closing(): Binary {
    return this.span.shortestRest;
  }
}

/** A string place whose text is followed by a machine: masks read these parts directly. */
export interface MachinePlace extends Place {
  readonly machine: StringMachine;
  readonly state: number;
  /** Texts that may not be completed. */
  readonly excluded: LiteralSpan | undefined;
  /** Adds what follows the closing quote. */
  end(label: number, outer: Configuration, sink: Sink): void;
}

export function isMachinePlace(place: Place): place is MachinePlace {
  return place instanceof StringPlace || place instanceof ExtraKeyPlace;
}

const strings = new WeakMap<StringMachine, Map<number, StringPlace>>();
const excludingStrings = new WeakMap<LiteralSpan, Map<StringMachine, Map<number, StringPlace>>>();

function inString(machine: StringMachine, state: number, excluded: LiteralSpan | undefined): StringPlace {
  const byState = stateMap(machine, excluded, strings, excludingStrings);
  let place = byState.get(state);
  if (place === undefined) byState.set(state, (place = new StringPlace(machine, state, excluded)));
  return place;
}

function stateMap<P>(
  machine: StringMachine,
  excluded: LiteralSpan | undefined,
  plain: WeakMap<StringMachine, Map<number, P>>,
  excluding: WeakMap<LiteralSpan, Map<StringMachine, Map<number, P>>>,
): Map<number, P> {
  let byMachine: {
    get(m: StringMachine): Map<number, P> | undefined;
    set(m: StringMachine, v: Map<number, P>): unknown;
  } = plain;
  if (excluded !== undefined) {
    let found = excluding.get(excluded);
    if (found === undefined) excluding.set(excluded, (found = new Map()));
    byMachine = found;
  }
  let byState = byMachine.get(machine);
  if (byState === undefined) byMachine.set(machine, (byState = new Map()));
  return byState;
}

class StringPlace implements MachinePlace {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly machine: StringMachine;
  readonly state: number;
  readonly excluded: LiteralSpan | undefined;

  constructor(machine: StringMachine, state: number, excluded: LiteralSpan | undefined) {
    this.machine = machine;
    this.state = state;
    this.excluded = excluded;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.machine.step(this.state, byte);
    if (target === 0) return;
    const excluded = this.excluded?.step(byte);
    if (target < 0) {
      if (excluded === undefined || excluded.ended < 0) sink.addAll(outer);
    } else if (excluded === this.excluded && target === this.state) sink.add(this, outer);
    else sink.add(inString(this.machine, target, excluded), outer);
  }

  end(_label: number, outer: Configuration, sink: Sink): void {
    sink.addAll(outer);
  }

  pushBytes(): void {}

  closing(): Binary | undefined {
    return closingString(this);
  }
}

function closingString({
  machine,
  state,
  excluded,
}: {
  machine: StringMachine;
  state: number;
  excluded: LiteralSpan | undefined;
}): Binary | undefined {
  const text = machine.closing(state);
  if (excluded === undefined) return text;
  const taken = new Set<Binary>();
  for (let i = excluded.from; i < excluded.to; i++) taken.add(excluded.list.texts[i].slice(excluded.depth));
  return taken.has(text) ? otherText(machine, taken, state) : text;
}

const numbers = new WeakMap<NumberMachine, Map<number, NumberPlaceOf>>();

function inNumber(machine: NumberMachine, state: number): NumberPlaceOf {
  let byState = numbers.get(machine);
  if (byState === undefined) numbers.set(machine, (byState = new Map()));
  let place = byState.get(state);
  if (place === undefined) byState.set(state, (place = new NumberPlaceOf(machine, state)));
  return place;
}

class NumberPlaceOf implements NumberPlace {
  readonly id = newPlaceId();
  readonly kind = "number";
  readonly mayEnd: boolean;
  private readonly machine: NumberMachine;
  private readonly state: number;

  constructor(machine: NumberMachine, state: number) {
    this.machine = machine;
    this.state = state;
    this.mayEnd = machine.isAccepting(state);
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.machine.step(this.state, byte);
    if (target !== 0) sink.add(target === this.state ? this : inNumber(this.machine, target), outer);
    else if (this.mayEnd) {
      const next = outer.resolved.step(byte);
      if (next !== undefined) sink.addAll(next);
    }
  }

  pushBytes(bytes: Set<number>, outer: Configuration): void {
    for (const byte of NUMBER_BYTES) if (this.machine.step(this.state, byte) !== 0) bytes.add(byte);
    if (this.mayEnd) for (const byte of outer.resolved.bytes) bytes.add(byte);
  }

  closing(): Binary {
    return this.machine.closing(this.state);
  }
}

const NUMBER_BYTES = [..."0123456789+-.eE"].map((c) => c.charCodeAt(0));

const objects = new WeakMap<ObjectFrame, Map<ObjectPhase, ObjectPlace>>();

/** After `{`, after a value, or after a comma. */
function inObject(frame: ObjectFrame, phase: ObjectPhase): ObjectPlace {
  let byPhase = objects.get(frame);
  if (byPhase === undefined) objects.set(frame, (byPhase = new Map()));
  let place = byPhase.get(phase);
  if (place === undefined) byPhase.set(phase, (place = new ObjectPlace(frame, phase)));
  return place;
}

class ObjectPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "structure";
  private readonly frame: ObjectFrame;
  private readonly phase: ObjectPhase;

  constructor(frame: ObjectFrame, phase: ObjectPhase) {
    this.frame = frame;
    this.phase = phase;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    if (isWhitespace(byte)) {
      sink.add(this, outer);
      return;
    }
    const { frame, phase } = this;
    if (byte === 0x7d) {
      if (phase !== "next" && frame.mayEnd) sink.addAll(outer);
    } else if (byte === COMMA) {
      if (phase === "after" && this.hasKeys) sink.add(inObject(frame, "next"), outer);
    } else if (byte === QUOTE && phase !== "after") {
      if (frame.keys.texts.length > 0) sink.add(inKey(frame, frame.keys.whole), outer);
      if (frame.extrasAllowed) {
        const machine = frame.shape.description.extra!.machine;
        sink.add(
          inExtraKey(frame, machine.start, frame.taken.texts.length > 0 ? frame.taken.whole : undefined),
          outer,
        );
      }
    }
  }

  private get hasKeys(): boolean {
    return this.frame.keys.texts.length > 0 || this.frame.extrasAllowed;
  }

  pushBytes(bytes: Set<number>): void {
    if (this.phase !== "next" && this.frame.mayEnd) bytes.add(0x7d);
    if (this.hasKeys) bytes.add(this.phase === "after" ? COMMA : QUOTE);
  }

  closing(): Binary | undefined {
    return this.frame.closing(this.phase);
  }
}

const keys = new WeakMap<ObjectFrame, Map<LiteralSpan, KeyPlace>>();

function inKey(frame: ObjectFrame, span: LiteralSpan): KeyPlace {
  let bySpan = keys.get(frame);
  if (bySpan === undefined) keys.set(frame, (bySpan = new Map()));
  let place = bySpan.get(span);
  if (place === undefined) bySpan.set(span, (place = new KeyPlace(frame, span)));
  return place;
}

/** Inside a key that the schema names. */
class KeyPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "string";
  private readonly frame: ObjectFrame;
  private readonly span: LiteralSpan;

  constructor(frame: ObjectFrame, span: LiteralSpan) {
    this.frame = frame;
    this.span = span;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const next = this.span.step(byte);
    if (next === undefined) return;
    const index = next.ended;
    if (index >= 0) {
      const property = this.frame.entry(index);
      for (const way of this.frame.ways(
        (bits) => property.goal(bits),
        property.someBits,
        (bits) => this.frame.takeEntry(index, bits),
      )) {
        sink.add(beforeColon(way.frame, way.goal), outer);
      }
    } else sink.add(inKey(this.frame, next), outer);
  }

  pushBytes(bytes: Set<number>): void {
    this.span.pushBytes(bytes);
  }

  closing(): Binary | undefined {
    const index = this.span.list.values[this.span.from];
    const property = this.frame.entry(index);
    for (const way of this.frame.ways(
      (bits) => property.goal(bits),
      property.someBits,
      (bits) => this.frame.takeEntry(index, bits),
    )) {
      const rest = beforeColon(way.frame, way.goal).closing();
      if (rest !== undefined) return property.spelled.slice(this.span.depth) + rest;
    }
    return undefined;
  }
}

const extraKeys = new WeakMap<ObjectFrame, Map<string, ExtraKeyPlace>>();

function inExtraKey(frame: ObjectFrame, state: number, excluded: LiteralSpan | undefined): ExtraKeyPlace {
  let byState = extraKeys.get(frame);
  if (byState === undefined) extraKeys.set(frame, (byState = new Map()));
  const key =
    excluded === undefined ? `${state}` : `${state},${excluded.from},${excluded.to},${excluded.depth}`;
  let place = byState.get(key);
  if (place === undefined) byState.set(key, (place = new ExtraKeyPlace(frame, state, excluded)));
  return place;
}

/** Inside a key that the schema does not name. */
class ExtraKeyPlace implements MachinePlace {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly frame: ObjectFrame;
  readonly machine: StringMachine;
  readonly state: number;
  readonly excluded: LiteralSpan | undefined;

  constructor(frame: ObjectFrame, state: number, excluded: LiteralSpan | undefined) {
    this.frame = frame;
    this.machine = frame.shape.description.extra!.machine;
    this.state = state;
    this.excluded = excluded;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.machine.step(this.state, byte);
    if (target === 0) return;
    const excluded = this.excluded?.step(byte);
    if (target < 0) {
      if (excluded === undefined || excluded.ended < 0) this.end(-2 - target, outer, sink);
    } else if (excluded === this.excluded && target === this.state) sink.add(this, outer);
    else sink.add(inExtraKey(this.frame, target, excluded), outer);
  }

  end(label: number, outer: Configuration, sink: Sink): void {
    sink.add(afterExtraKey(this.frame, label), outer);
  }

  pushBytes(): void {}

  closing(): Binary | undefined {
    const text = closingString(this);
    if (text === undefined) return undefined;
    let state = this.state;
    for (let i = 0; i < text.length; i++) state = this.machine.step(state, text.charCodeAt(i));
    const rest = afterExtraKey(this.frame, -2 - state).closing();
    return rest === undefined ? undefined : text + rest;
  }
}

const pendingKeys = new WeakMap<ObjectFrame, Map<number, PendingKey>>();

function afterExtraKey(frame: ObjectFrame, label: number): PendingKey {
  let byLabel = pendingKeys.get(frame);
  if (byLabel === undefined) pendingKeys.set(frame, (byLabel = new Map()));
  let place = byLabel.get(label);
  if (place === undefined) byLabel.set(label, (place = new PendingKey(frame, label)));
  return place;
}

class PendingKey implements PendingPlace {
  readonly id = newPlaceId();
  readonly kind = "pending";
  readonly waitsFor = "key";
  private readonly frame: ObjectFrame;
  private readonly label: number;

  constructor(frame: ObjectFrame, label: number) {
    this.frame = frame;
    this.label = label;
  }

  step(): void {}
  pushBytes(): void {}

  private *ways(text: Binary | undefined) {
    const extra = this.frame.shape.description.extra!;
    yield* this.frame.ways(
      (bits) => extra.goal(this.label, bits),
      extra.someBits(this.label),
      (bits) => this.frame.takeExtra(text, bits),
    );
  }

  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void {
    for (const way of this.ways(text)) sink.add(beforeColon(way.frame, way.goal), outer);
  }

  closing(): Binary | undefined {
    let best: Binary | undefined;
    for (const way of this.ways(undefined)) {
      const rest = beforeColon(way.frame, way.goal).closing();
      if (rest !== undefined && (best === undefined || rest.length < best.length)) best = rest;
    }
    return best;
  }
}

const colons = new WeakMap<ObjectFrame, Map<Goal, ColonPlace>>();

/** After a key: the object will stand as `frame` says once a value that meets `goal` has followed. */
function beforeColon(frame: ObjectFrame, goal: Goal): ColonPlace {
  let byGoal = colons.get(frame);
  if (byGoal === undefined) colons.set(frame, (byGoal = new Map()));
  let place = byGoal.get(goal);
  if (place === undefined) byGoal.set(goal, (place = new ColonPlace(frame, goal)));
  return place;
}

class ColonPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "structure";
  private readonly frame: ObjectFrame;
  private readonly goal: Goal;

  constructor(frame: ObjectFrame, goal: Goal) {
    this.frame = frame;
    this.goal = goal;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    if (isWhitespace(byte)) sink.add(this, outer);
    else if (byte === COLON)
      sink.add(beforeValue(this.goal), outer.interner.single(inObject(this.frame, "after"), outer));
  }

  pushBytes(bytes: Set<number>): void {
    bytes.add(COLON);
  }

  closing(): Binary | undefined {
    const value = this.goal.shortest;
    const rest = value === undefined ? undefined : this.frame.closing("after");
    return rest === undefined ? undefined : `:${value}${rest}`;
  }
}

const arrays = new WeakMap<ArrayFrame, Map<string, ArrayPlace>>();

/** After `[`, after an item, or after a comma. */
function inArray(frame: ArrayFrame, phase: "open" | "after" | "next"): ArrayPlace {
  let byPhase = arrays.get(frame);
  if (byPhase === undefined) arrays.set(frame, (byPhase = new Map()));
  let place = byPhase.get(phase);
  if (place === undefined) byPhase.set(phase, (place = new ArrayPlace(frame, phase)));
  return place;
}

class ArrayPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "structure";
  private readonly frame: ArrayFrame;
  private readonly phase: "open" | "after" | "next";

  constructor(frame: ArrayFrame, phase: "open" | "after" | "next") {
    this.frame = frame;
    this.phase = phase;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const { frame, phase } = this;
    if (isWhitespace(byte)) sink.add(this, outer);
    else if (byte === 0x5d) {
      if (phase !== "next" && frame.mayEnd) sink.addAll(outer);
    } else if (phase === "after") {
      if (byte === COMMA && frame.ways.length > 0) sink.add(inArray(frame, "next"), outer);
    } else {
      for (const way of frame.ways) {
        beforeValue(way.goal).step(byte, outer.interner.single(afterItem(frame, way), outer), sink);
      }
    }
  }

  pushBytes(bytes: Set<number>, outer: Configuration): void {
    const { frame, phase } = this;
    if (phase !== "next" && frame.mayEnd) bytes.add(0x5d);
    if (phase === "after") {
      if (frame.ways.length > 0) bytes.add(COMMA);
    } else for (const way of frame.ways) beforeValue(way.goal).pushBytes(bytes, outer);
  }

  closing(): Binary | undefined {
    if (this.phase !== "next") return this.frame.closing(this.phase);
    let best: Binary | undefined;
    for (const way of this.frame.ways) {
      const item = way.goal.shortest;
      const rest = item === undefined ? undefined : this.frame.after(way, item).closing("after");
      if (rest !== undefined && (best === undefined || item!.length + rest.length < best.length))
        best = item + rest;
    }
    return best;
  }
}

function afterItem(frame: ArrayFrame, way: ItemWay): Place {
  return frame.shape.description.unique
    ? pendingItem(frame, way)
    : inArray(frame.after(way, undefined), "after");
}

const pendingItems = new WeakMap<ItemWay, PendingItem>();

function pendingItem(frame: ArrayFrame, way: ItemWay): PendingItem {
  let place = pendingItems.get(way);
  if (place === undefined) pendingItems.set(way, (place = new PendingItem(frame, way)));
  return place;
}

/** After an item that must differ from those before it. */
class PendingItem implements PendingPlace {
  readonly id = newPlaceId();
  readonly kind = "pending";
  readonly waitsFor = "item";
  private readonly frame: ArrayFrame;
  private readonly way: ItemWay;

  constructor(frame: ArrayFrame, way: ItemWay) {
    this.frame = frame;
    this.way = way;
  }

  step(): void {}
  pushBytes(): void {}

  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void {
    if (text === undefined) sink.add(inArray(this.frame.after(this.way, undefined), "after"), outer);
    else {
      const spelled = canonical(text);
      if (this.frame.seen.includes(spelled)) return;
      const next = this.frame.after(this.way, spelled);
      if (next.isViable) sink.add(inArray(next, "after"), outer);
    }
  }

  closing(): Binary | undefined {
    return this.frame.after(this.way, undefined).closing("after");
  }
}
