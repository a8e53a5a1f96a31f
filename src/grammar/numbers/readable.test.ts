import { expect, test } from "vitest";
import { type Decimal, parseDecimal } from "./decimal.js";
import { ListedNumbers } from "./listed.js";
import { NumberMachine } from "./machine.js";
import { ANY_NUMBER, type NumberShape, readable } from "./shape.js";

const at = (text: string): Decimal => parseDecimal(text);
const above = (text: string, exclusive = true) => ({ value: at(text), exclusive });

/** Shapes, and what a reader who has doubles alone must see. */
const SHAPES: [string, Partial<NumberShape>, (value: number) => boolean][] = [
  ["0 < x < 1", { lower: above("0"), upper: above("1") }, (x) => x > 0 && x < 1],
  ["-1 < x < 0", { lower: above("-1"), upper: above("0") }, (x) => x > -1 && x < 0],
  ["no integer", { notMultipleOf: [at("1")], lower: above("10", false) }, (x) => x >= 10 && x % 1 !== 0],
  ["not 0.1", { excluded: [new ListedNumbers([at("0.1")])] }, (x) => x !== 0.1],
  ["multiples of 0.25", { multipleOf: at("0.25") }, (x) => x % 0.25 === 0],
  [
    "multiples of a large number",
    { multipleOf: at("999983"), lower: above("5", false) },
    (x) => x > 0 && x % 999983 === 0,
  ],
  ["large exclusive bounds", { multipleOf: at("1"), upper: above("1e18") }, (x) => x < 1e18],
  ["integers", { multipleOf: at("1") }, (x) => Number.isInteger(x)],
  ["positive integers", { multipleOf: at("1"), lower: above("0") }, (x) => Number.isInteger(x) && x > 0],
  ["64 bits", { multipleOf: at("1"), upper: above("9223372036854775807", false) }, (x) => x <= 2 ** 63],
  ["very large ones", { lower: above("1e30", false) }, (x) => x >= 1e30],
  ["anything", {}, () => true],
];

test.each(SHAPES)("numbers that are generated are seen as they are meant: %s", (name, parts, holds) => {
  const shape = { ...ANY_NUMBER, ...parts, plain: true };
  const kept = new NumberMachine(readable(shape));
  const machine = kept.isEmpty ? new NumberMachine(shape) : kept;
  let seed = 3;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  for (let walk = 0; walk < 300; walk++) {
    let state = machine.start;
    let text = "";
    for (let length = 0; length < 60; length++) {
      if (machine.isAccepting(state) && random(4 + (walk % 40)) === 0) break;
      const bytes = [..."-0123456789.eE"].filter((byte) => machine.step(state, byte.charCodeAt(0)) !== 0);
      if (bytes.length === 0) break;
      const byte = bytes[random(bytes.length)];
      text += byte;
      state = machine.step(state, byte.charCodeAt(0));
    }
    text += machine.closing(state);
    expect([text, holds(Number(text))]).toEqual([text, true]);
    if (!kept.isEmpty && name !== "very large ones")
      expect(text.replace(/[-.]/g, "").replace(/^0/, "").length).toBeLessThanOrEqual(19);
  }
});

test("identifiers of 64 bits can be written", () => {
  const machine = new NumberMachine(readable({ ...ANY_NUMBER, multipleOf: at("1"), plain: true }));
  let state = machine.start;
  for (const digit of "1234567890123456789") state = machine.step(state, digit.charCodeAt(0));
  expect(machine.isAccepting(state)).toBe(true);
});
