import type { ByteSet } from "../byteSet.js";
import { type Binary, textOf } from "../bytes.js";
import {
  type Configuration,
  isWhitespace,
  type NumberPlace,
  newPlaceId,
  type PendingPlace,
  type Place,
  type Sink,
} from "../configuration.js";
import type { Fuel } from "../fuel.js";
import type { StringLexeme } from "../goal.js";
import type { NumberMachine } from "../numbers/machine.js";
import { Rope } from "../rope.js";
import type { StringMachine } from "../strings/machine.js";
import { otherText } from "../strings/shortTexts.js";
import { LiteralList, type LiteralSpan } from "./literals.js";

// Places inside strings, numbers and words. Places are interned in their owner (a machine, a span of a list) and are freed with
// it.

/** The document is complete; white space may follow. */
export const END: Place = {
  id: newPlaceId(),
  kind: "end",
  step(byte, outer, sink) {
    if (isWhitespace(byte)) sink.add(END, outer);
  },
  pushBytes() {},
  closing: () => Rope.EMPTY,
};

export const NULL_TEXT = LiteralList.of(["null"]);
export const TRUE_TEXT = LiteralList.of(["true"]);
export const FALSE_TEXT = LiteralList.of(["false"]);

/** Inside one of a list of texts; the last byte of a text ends the value. */
export function inLiteral(span: LiteralSpan, kind: "string" | "literal"): LiteralPlace {
  span.place ??= new LiteralPlace(span, kind);
  return span.place as LiteralPlace;
}

/** A place inside one of a list of texts. Masks read these parts directly. */
export interface TextPlace extends Place {
  readonly span: LiteralSpan;
  /** Adds what follows the text whose value this is. */
  end(value: number, outer: Configuration, sink: Sink): void;
}

export function isTextPlace(place: Place): place is TextPlace {
  return "span" in place;
}

class LiteralPlace implements TextPlace {
  readonly id = newPlaceId();
  readonly kind: "string" | "literal";
  readonly span: LiteralSpan;

  constructor(span: LiteralSpan, kind: "string" | "literal") {
    this.span = span;
    this.kind = kind;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const next = this.span.step(byte);
    if (next === undefined) return;
    if (next.ended >= 0) this.end(next.ended, outer, sink);
    if (next.continues) sink.add(inLiteral(next, this.kind), outer);
  }

  end(_value: number, outer: Configuration, sink: Sink): void {
    sink.addAll(outer);
  }

  pushBytes(bytes: ByteSet): void {
    this.span.pushBytes(bytes);
  }

  closing(): Rope {
    return this.span.shortestRest;
  }
}

/** A place inside a string that a machine follows. Masks read these parts directly. */
export interface MachinePlace extends Place {
  readonly machine: StringMachine;
  readonly state: number;
  /** Excluded texts. */
  readonly excluded: LiteralSpan | undefined;
  /** Adds what follows the closing quote. */
  end(label: number, outer: Configuration, sink: Sink): void;
  /** The same place in another state of the machine, with no texts excluded. */
  at(state: number): MachinePlace;
  /**
   * The place in the machine without length bounds, with no texts excluded, if no token of up to `longest` bytes gets so close to a
   * bound that the string's ending would change; otherwise undefined.
   */
  withoutBounds?(longest: number): MachinePlace | undefined;
}

export function isMachinePlace(place: Place): place is MachinePlace {
  return "machine" in place;
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
    else if (excluded === undefined || hasOther(this.machine, target, excluded)) {
      sink.add(inString(this.machine, target, excluded), outer);
    }
  }

  end(_label: number, outer: Configuration, sink: Sink): void {
    sink.addAll(outer);
  }

  at(state: number): MachinePlace {
    return inString(this.machine, state, undefined);
  }

  withoutBounds(longest: number): MachinePlace | undefined {
    const { machine, state } = this;
    if (!machine.isFarFromBounds(state, longest)) return undefined;
    return inString(machine.unbounded, machine.unboundedState(state), undefined);
  }

  pushBytes(): void {}

  closing(fuel: Fuel): Rope | undefined {
    return closingString(this, fuel);
  }
}

function inCheckedString(lexeme: StringLexeme, state: number): CheckedStringPlace {
  lexeme.places ??= [];
  lexeme.places[state] ??= new CheckedStringPlace(lexeme, state);
  return lexeme.places[state] as CheckedStringPlace;
}

/** Inside a string that is tested when it is complete. */
class CheckedStringPlace implements MachinePlace {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly machine: StringMachine;
  readonly state: number;
  readonly excluded = undefined;
  private readonly lexeme: StringLexeme;
  private after: PendingString | undefined;

  constructor(lexeme: StringLexeme, state: number) {
    this.lexeme = lexeme;
    this.machine = lexeme.machine!;
    this.state = state;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.machine.step(this.state, byte);
    if (target < 0) this.end(-2 - target, outer, sink);
    else if (target !== 0) sink.add(inCheckedString(this.lexeme, target), outer);
  }

  end(_label: number, outer: Configuration, sink: Sink): void {
    this.after ??= new PendingString(this.lexeme.checks!);
    sink.add(this.after, outer);
  }

  at(state: number): MachinePlace {
    return inCheckedString(this.lexeme, state);
  }

  pushBytes(): void {}

  closing(): Rope {
    return this.machine.closing(this.state);
  }
}

class PendingString implements PendingPlace {
  readonly id = newPlaceId();
  readonly kind = "pending";
  readonly waitsFor = "item";
  readonly isDoubtful = true;
  readonly closingNeedsText = true;
  readonly closingIsCompared = true;
  private readonly checks: readonly ((text: string) => boolean)[];

  constructor(checks: readonly ((text: string) => boolean)[]) {
    this.checks = checks;
  }

  step(): void {}
  pushBytes(): void {}

  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void {
    const value = text === undefined ? undefined : (JSON.parse(textOf(text)) as string);
    if (value === undefined || this.checks.every((check) => check(value))) sink.addAll(outer);
  }

  closing(): Rope {
    return Rope.EMPTY;
  }
}

/** Whether some text from `state` is not excluded. */
export function hasOther(machine: StringMachine, state: number, excluded: LiteralSpan): boolean {
  if (machine.isEndless(state)) return true;
  excluded.others ??= new Map();
  let byState = excluded.others.get(machine);
  if (byState === undefined) excluded.others.set(machine, (byState = new Map()));
  let has = byState.get(state);
  if (has === undefined) {
    has = !excluded.has(machine.closing(state)) || otherText(machine, excluded, state) !== undefined;
    byState.set(state, has);
  }
  return has;
}

/** A short ending of the string that completes none of the excluded texts. */
export function closingString(
  { machine, state, excluded }: Pick<MachinePlace, "machine" | "state" | "excluded">,
  fuel?: Fuel,
): Rope | undefined {
  const way = machine.closing(state);
  if (excluded === undefined || !excluded.has(way)) return way;
  const other = otherText(machine, excluded, state, fuel);
  return other === undefined ? undefined : Rope.of(other);
}

/** A place inside a number that a machine follows. Masks read these parts directly. */
export interface NumberMachinePlace extends NumberPlace {
  readonly machine: NumberMachine;
  readonly state: number;
}

/** Whether the place is inside a number; all others of its configuration then are, too. */
export function isNumberPlace(place: Place): place is NumberMachinePlace {
  return place.kind === "number";
}

export function inNumber(machine: NumberMachine, state: number): NumberMachinePlace {
  machine.places[state] ??= new NumberPlaceOf(machine, state);
  return machine.places[state] as NumberMachinePlace;
}

class NumberPlaceOf implements NumberMachinePlace {
  readonly id = newPlaceId();
  readonly kind = "number";
  readonly mayEnd: boolean;
  readonly machine: NumberMachine;
  readonly state: number;

  constructor(machine: NumberMachine, state: number) {
    this.machine = machine;
    this.state = state;
    this.mayEnd = machine.isAccepting(state);
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.machine.step(this.state, byte, outer.interner.fuel);
    if (target !== 0) sink.add(target === this.state ? this : inNumber(this.machine, target), outer);
    else if (this.mayEnd) {
      const next = outer.resolved.step(byte);
      if (next !== undefined) sink.addAll(next);
    }
  }

  pushBytes(bytes: ByteSet, outer: Configuration): void {
    for (const byte of NUMBER_BYTES)
      if (this.machine.step(this.state, byte, outer.interner.fuel) !== 0) bytes.add(byte);
    if (this.mayEnd) for (const byte of outer.resolved.bytes) bytes.add(byte);
  }

  closing(fuel: Fuel): Rope {
    return Rope.of(this.machine.closing(this.state, fuel));
  }
}

const NUMBER_BYTES = [..."0123456789+-.eE"].map((c) => c.charCodeAt(0));

export function isEmptyString(lexeme: StringLexeme): boolean {
  return lexeme.literals !== undefined ? lexeme.literals.texts.length === 0 : lexeme.machine!.isEmpty;
}

export function beginString(lexeme: StringLexeme, outer: Configuration, sink: Sink): void {
  if (lexeme.literals !== undefined) {
    if (lexeme.literals.texts.length > 0) sink.add(inLiteral(lexeme.literals.whole, "string"), outer);
  } else if (lexeme.checks !== undefined) {
    if (!lexeme.machine!.isEmpty) sink.add(inCheckedString(lexeme, lexeme.machine!.start), outer);
  } else if (!lexeme.machine!.isEmpty) {
    sink.add(inString(lexeme.machine!, lexeme.machine!.start, lexeme.excluded?.whole), outer);
  }
}
