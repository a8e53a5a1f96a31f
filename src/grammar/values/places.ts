import type { ByteSet } from "../byteSet.js";
import { type Configuration, isWhitespace, newPlaceId, type Place, type Sink } from "../configuration.js";
import type { Goal, Shape } from "../goal.js";
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../jsonTypes.js";
import type { Rope } from "../rope.js";
import {
  beginString,
  FALSE_TEXT,
  inLiteral,
  inNumber,
  isEmptyString,
  NULL_TEXT,
  TRUE_TEXT,
} from "./lexicalPlaces.js";

const QUOTE = 0x22;
const MINUS = 0x2d;

/** Before a value that must satisfy `goal`. */
export class ValuePlace implements Place {
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
    for (let i = 0; i < alternatives.length; i++) beginValue(this.goal, alternatives[i], byte, outer, sink);
  }

  pushBytes(bytes: ByteSet): void {
    const { goal } = this;
    for (const shape of goal.alternatives) {
      const { types, number, string } = shape;
      if ((types & NULL) !== 0) bytes.add(0x6e);
      if ((types & TRUE) !== 0) bytes.add(0x74);
      if ((types & FALSE) !== 0) bytes.add(0x66);
      if ((types & STRING) !== 0 && !isEmptyString(string)) bytes.add(QUOTE);
      if ((types & ARRAY) !== 0 && goal.mayOpen(shape, ARRAY)) bytes.add(0x5b);
      if ((types & OBJECT) !== 0 && goal.mayOpen(shape, OBJECT)) bytes.add(0x7b);
      if ((types & NUMBER) !== 0) {
        for (let digit = 0x30; digit <= 0x39; digit++)
          if (number.step(number.start, digit) !== 0) bytes.add(digit);
        if (number.step(number.start, MINUS) !== 0) bytes.add(MINUS);
      }
    }
  }

  closing(): Rope | undefined {
    return this.goal.shortest;
  }
}

function beginValue(goal: Goal, shape: Shape, byte: number, outer: Configuration, sink: Sink): void {
  const { types } = shape;
  switch (byte) {
    case QUOTE:
      if ((types & STRING) !== 0) beginString(shape.string, outer, sink);
      return;
    case 0x7b:
      if ((types & OBJECT) !== 0 && goal.mayOpen(shape, OBJECT))
        sink.add(shape.object.start.at("open"), outer);
      return;
    case 0x5b:
      if ((types & ARRAY) !== 0 && goal.mayOpen(shape, ARRAY)) sink.add(shape.array.start.at("open"), outer);
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
