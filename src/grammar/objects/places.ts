import type { ByteSet } from "../byteSet.js";
import type { Binary } from "../bytes.js";
import {
  type Configuration,
  isWhitespace,
  newPlaceId,
  type PendingPlace,
  type Place,
  type Sink,
} from "../configuration.js";
import type { Fuel } from "../fuel.js";
import type { Goal } from "../goal.js";
import { Rope } from "../rope.js";
import type { StringMachine } from "../strings/machine.js";
import { closingString, hasOther, type MachinePlace, type TextPlace } from "../values/lexicalPlaces.js";
import type { LiteralSpan } from "../values/literals.js";
import type { ObjectFrame, ObjectPhase } from "./frame.js";

// Places inside objects, interned in their frames.

/** A number of keys that no document uses up. */
const MANY_KEYS = 4096;

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

/** After `{`, after a value, or after a comma. */
export class ObjectPlace implements Place {
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
      if (phase === "after" && this.hasKeys) sink.add(frame.at("next"), outer);
    } else if (byte === QUOTE && phase !== "after") {
      if (frame.keys.texts.length > 0) sink.add(inKey(frame, frame.keys.whole), outer);
      const machine = frame.extraKeys;
      if (machine !== undefined) {
        sink.add(
          inExtraKey(frame, machine.start, frame.taken.texts.length > 0 ? frame.taken.whole : undefined),
          outer,
        );
      }
    }
  }

  private get hasKeys(): boolean {
    return this.frame.keys.texts.length > 0 || this.frame.extraKeys !== undefined;
  }

  pushBytes(bytes: ByteSet): void {
    if (this.phase !== "next" && this.frame.mayEnd) bytes.add(0x7d);
    if (this.hasKeys) bytes.add(this.phase === "after" ? COMMA : QUOTE);
  }

  closing(): Rope | undefined {
    return this.frame.closing(this.phase);
  }
}

function inKey(frame: ObjectFrame, span: LiteralSpan): KeyPlace {
  let place = frame.places.get(span);
  if (place === undefined) frame.places.set(span, (place = new KeyPlace(frame, span)));
  return place as KeyPlace;
}

/** Inside a key that the schema names. */
class KeyPlace implements TextPlace {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly span: LiteralSpan;
  private readonly frame: ObjectFrame;

  constructor(frame: ObjectFrame, span: LiteralSpan) {
    this.frame = frame;
    this.span = span;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const next = this.span.step(byte);
    if (next === undefined) return;
    if (next.ended >= 0) this.end(next.ended, outer, sink);
    else sink.add(inKey(this.frame, next), outer);
  }

  end(index: number, outer: Configuration, sink: Sink): void {
    for (const way of this.frame.entryWays(index)) sink.add(beforeColon(way.frame, way.goal), outer);
  }

  pushBytes(bytes: ByteSet): void {
    this.span.pushBytes(bytes);
  }

  closing(): Rope | undefined {
    const { from, list, depth } = this.span;
    for (const way of this.frame.entryWays(list.values[from])) {
      const rest = beforeColon(way.frame, way.goal).closing();
      if (rest !== undefined) return Rope.join(list.rest(from, depth), rest);
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
    this.machine = frame.extraKeys!;
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
    else if (excluded === undefined || hasOther(this.machine, target, excluded)) {
      sink.add(inExtraKey(this.frame, target, excluded), outer);
    }
  }

  get closingNeedsText(): boolean {
    return afterExtraKey(this.frame, 0).closingNeedsText;
  }

  get closingIsCompared(): boolean {
    return afterExtraKey(this.frame, 0).closingIsCompared;
  }

  end(label: number, outer: Configuration, sink: Sink): void {
    sink.add(afterExtraKey(this.frame, label), outer);
  }

  at(state: number): MachinePlace {
    return inExtraKey(this.frame, state, undefined);
  }

  pushBytes(): void {}

  closing(fuel: Fuel): Rope | undefined {
    const text = closingString(this, fuel);
    if (text === undefined) return undefined;
    let state = this.state;
    if (this.machine.content.isUniversal) state = -2;
    else {
      fuel.spend(text.length);
      for (const byte of text.bytes()) state = this.machine.step(state, byte);
    }
    const rest = afterExtraKey(this.frame, -2 - state).closing();
    return rest === undefined ? undefined : Rope.join(text, rest);
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
  /** With excluded values or few keys, more depends on the key than its label. */
  readonly isDoubtful: boolean;
  private readonly frame: ObjectFrame;
  private readonly label: number;

  constructor(frame: ObjectFrame, label: number) {
    this.frame = frame;
    this.label = label;
    this.isDoubtful =
      !frame.exclusions.isEmpty ||
      !frame.extraKeys!.hasAtLeast(MANY_KEYS) ||
      frame.shape.description.extra!.bitsOfKey !== undefined;
  }

  /** Later required keys must differ from this one; if there are none, the object ends after its value. */
  get closingNeedsText(): boolean {
    return this.closingIsCompared || !this.frame.takeExtra(undefined, 0).mayEnd;
  }

  get closingIsCompared(): boolean {
    return !this.frame.exclusions.isEmpty;
  }

  step(): void {}
  pushBytes(): void {}

  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void {
    for (const way of this.frame.extraWays(this.label, text))
      sink.add(beforeColon(way.frame, way.goal), outer);
  }

  closing(): Rope | undefined {
    let best: Rope | undefined;
    for (const way of this.frame.extraWays(this.label, undefined)) {
      const rest = beforeColon(way.frame, way.goal).closing();
      if (rest !== undefined && (best === undefined || rest.length < best.length)) best = rest;
    }
    return best;
  }
}

/** After a key: a value that satisfies `goal` leads to `frame`. */
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
    else if (byte === COLON) sink.add(this.goal.place, outer.around(this.frame.at("after")));
  }

  pushBytes(bytes: ByteSet): void {
    bytes.add(COLON);
  }

  closing(): Rope | undefined {
    const value = this.goal.shortest;
    const rest = value === undefined ? undefined : this.frame.closing("after");
    return rest === undefined ? undefined : Rope.join(":", value!, rest);
  }
}
