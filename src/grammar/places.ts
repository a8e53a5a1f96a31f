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

// Places are interned in what they stand for (a goal, a machine, a frame), and die with it.

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

/** Before a value that must meet `goal`. */
export function beforeValue(goal: Goal): Place {
  goal.place ??= new ValuePlace(goal);
  return goal.place as Place;
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

/** Inside one of a list of texts; the last byte of a text ends the value. */
function inLiteral(span: LiteralSpan, kind: "string" | "literal"): LiteralPlace {
  span.place ??= new LiteralPlace(span, kind);
  return span.place as LiteralPlace;
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

function inString(machine: StringMachine, state: number, excluded: LiteralSpan | undefined): StringPlace {
  if (excluded === undefined) {
    machine.places[state] ??= new StringPlace(machine, state, undefined);
    return machine.places[state] as StringPlace;
  }
  excluded.places ??= new Map();
  let byState = excluded.places.get(machine) as Map<number, StringPlace> | undefined;
  if (byState === undefined) excluded.places.set(machine, (byState = new Map()));
  let place = byState.get(state);
  if (place === undefined) byState.set(state, (place = new StringPlace(machine, state, excluded)));
  return place;
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

function inNumber(machine: NumberMachine, state: number): NumberPlaceOf {
  machine.places[state] ??= new NumberPlaceOf(machine, state);
  return machine.places[state] as NumberPlaceOf;
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

/** After `{`, after a value, or after a comma. */
function inObject(frame: ObjectFrame, phase: ObjectPhase): ObjectPlace {
  let place = frame.places.get(phase);
  if (place === undefined) frame.places.set(phase, (place = new ObjectPlace(frame, phase)));
  return place as ObjectPlace;
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

function inKey(frame: ObjectFrame, span: LiteralSpan): KeyPlace {
  let place = frame.places.get(span);
  if (place === undefined) frame.places.set(span, (place = new KeyPlace(frame, span)));
  return place as KeyPlace;
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

function inExtraKey(frame: ObjectFrame, state: number, excluded: LiteralSpan | undefined): ExtraKeyPlace {
  const key = excluded === undefined ? state : `${state},${excluded.from},${excluded.to},${excluded.depth}`;
  let place = frame.places.get(key);
  if (place === undefined) frame.places.set(key, (place = new ExtraKeyPlace(frame, state, excluded)));
  return place as ExtraKeyPlace;
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

function afterExtraKey(frame: ObjectFrame, label: number): PendingKey {
  const key = -1 - label;
  let place = frame.places.get(key);
  if (place === undefined) frame.places.set(key, (place = new PendingKey(frame, label)));
  return place as PendingKey;
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

/** After a key: the object will stand as `frame` says once a value that meets `goal` has followed. */
function beforeColon(frame: ObjectFrame, goal: Goal): ColonPlace {
  let place = frame.places.get(goal);
  if (place === undefined) frame.places.set(goal, (place = new ColonPlace(frame, goal)));
  return place as ColonPlace;
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
    else if (byte === COLON) sink.add(beforeValue(this.goal), outer.around(inObject(this.frame, "after")));
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

/** After `[`, after an item, or after a comma. */
function inArray(frame: ArrayFrame, phase: "open" | "after" | "next"): ArrayPlace {
  let place = frame.places.get(phase);
  if (place === undefined) frame.places.set(phase, (place = new ArrayPlace(frame, phase)));
  return place as ArrayPlace;
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
        beforeValue(way.goal).step(byte, outer.around(afterItem(frame, way)), sink);
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

function pendingItem(frame: ArrayFrame, way: ItemWay): PendingItem {
  way.place ??= new PendingItem(frame, way);
  return way.place as PendingItem;
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
