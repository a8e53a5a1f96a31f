import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimalOf, isWhole, parseDecimal, plainText } from "./decimal.js";
import { ListedNumbers } from "./listed.js";
import { NumberMachine } from "./machine.js";
import { ANY_NUMBER, contains, DIGITS_ONLY, NOT_DIGITS_ONLY, type NumberShape, readable } from "./shape.js";

function accepts(machine: NumberMachine, text: string): boolean {
  let state = machine.start;
  for (let i = 0; i < text.length; i++) {
    state = machine.step(state, text.charCodeAt(i));
    if (state === 0) return false;
  }
  return machine.isAccepting(state);
}

const small: fc.Arbitrary<Decimal> = fc
  .tuple(
    fc.integer({ min: -3000, max: 3000 }),
    fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -3, max: 1 }) },
      fc.constantFrom(-30, -8, 14, 20, 305),
    ),
  )
  .map(([coefficient, exponent]) => parseDecimal(`${coefficient}e${exponent}`));
const bound = fc.option(fc.record({ value: small, exclusive: fc.boolean() }), { nil: undefined });
const STEPS = ["1", "2", "3", "7", "10", "0.5", "0.01", "0.25", "1.5", "12", "100"];
const step = fc.option(fc.constantFrom(...STEPS).map(parseDecimal), { nil: undefined });
/** More values in a row than are ever tried one by one. */
const row: fc.Arbitrary<Decimal[]> = fc
  .tuple(fc.integer({ min: -300, max: 1000 }), fc.integer({ min: 60, max: 200 }), fc.constantFrom(0, -2))
  .map(([first, length, exponent]) =>
    Array.from({ length }, (_, i) => parseDecimal(`${first + i}e${exponent}`)),
  );
const shape: fc.Arbitrary<NumberShape> = fc
  .record({
    lower: bound,
    upper: bound,
    multipleOf: step,
    notMultipleOf: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constant([parseDecimal("1")]) },
      {
        weight: 1,
        arbitrary: fc
          .uniqueArray(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 3 })
          .map((all) => all.map(parseDecimal)),
      },
    ),
    excluded: fc.oneof(
      { weight: 4, arbitrary: fc.array(small, { maxLength: 2 }) },
      { weight: 1, arbitrary: row },
    ),
    values: fc.option(fc.array(small, { minLength: 1, maxLength: 5 }), { nil: undefined, freq: 4 }),
    form: fc.constantFrom(0, 0, DIGITS_ONLY, NOT_DIGITS_ONLY),
  })
  .map((parts) => {
    const isOfWholes = parts.multipleOf !== undefined && isWhole(parts.multipleOf);
    const form = parts.form === DIGITS_ONLY && !isOfWholes ? 0 : parts.form;
    const excluded = [parts.excluded.slice(0, 1), parts.excluded.slice(1)].map(
      (all) => new ListedNumbers(all),
    );
    return { ...ANY_NUMBER, ...parts, excluded, form } as NumberShape;
  });

/** Whether the shape has the number that `text` writes, in that form. */
function allows(shape: NumberShape, text: string): boolean {
  const form = /^-?\d+$/.test(text) ? DIGITS_ONLY : NOT_DIGITS_ONLY;
  return (shape.form === 0 || shape.form === form) && contains(shape, parseDecimal(text));
}
const number: fc.Arbitrary<string> = fc.oneof(
  small.map(plainText),
  small
    .map((value) => String(Number(`${value.coefficient}e${value.exponent}`)))
    .filter((text) => text !== "Infinity" && text !== "-Infinity" && text !== "-0"),
  fc.integer({ min: -500, max: 500 }).map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => String(Object.is(value, -0) ? 0 : value)),
);

describe("NumberMachine", () => {
  it.each([
    ["below zero", { upper: { value: parseDecimal("0"), exclusive: true } }, [], ["-1", "-0.5", "-1e-7"]],
    ["at most zero", { upper: { value: parseDecimal("0"), exclusive: false } }, ["0"], ["-1"]],
    [
      "between zero and zero",
      {
        lower: { value: parseDecimal("0"), exclusive: false },
        upper: { value: parseDecimal("0"), exclusive: false },
      },
      ["0"],
      [],
    ],
  ] as const)("has no digits other than zero on the empty side: %s", (_, bounds, zeros, negatives) => {
    const machine = new NumberMachine({ ...ANY_NUMBER, ...bounds });
    for (const text of [...zeros, ...negatives]) expect(accepts(machine, text)).toBe(true);
    for (let digit = 1; digit < 10; digit++) expect(machine.step(machine.start, 0x30 + digit)).toBe(0);
  });

  it("accepts just the numbers of its shape, as JavaScript prints them", () => {
    fc.assert(
      fc.property(shape, number, (anyShape, text) => {
        expect(accepts(new NumberMachine(anyShape), text)).toBe(allows(anyShape, text));
      }),
      { numRuns: 3000 },
    );
  });

  it("has no dead end: every state it reaches has a way to a number of the shape", () => {
    fc.assert(
      fc.property(shape, fc.array(fc.nat(), { maxLength: 24 }), fc.boolean(), (anyShape, choices, plain) => {
        // Plain numbers have a fraction only where they are not whole: nothing else is asked of them.
        const form = plain ? 0 : anyShape.form;
        const machine = new NumberMachine({ ...anyShape, form, plain });
        if (machine.isEmpty) return;
        let state = machine.start;
        let text = "";
        for (const choice of choices) {
          const next = [..."0123456789-+.eE"].filter((ch) => machine.step(state, ch.charCodeAt(0)) !== 0);
          if (next.length === 0) break;
          const ch = next[choice % next.length];
          text += ch;
          state = machine.step(state, ch.charCodeAt(0));
        }
        const whole = text + machine.closing(state);
        expect(accepts(machine, whole), whole).toBe(true);
        expect(allows({ ...anyShape, form }, whole), whole).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("finds its way past long rows of excluded numbers", () => {
    const excluded = [new ListedNumbers(Array.from({ length: 100 }, (_, i) => decimalOf(1000 + i)))];
    const between = (low: number, high: number) => ({
      lower: { value: decimalOf(low), exclusive: false },
      upper: { value: decimalOf(high), exclusive: false },
    });
    for (const plain of [false, true]) {
      const whole = { ...ANY_NUMBER, multipleOf: decimalOf(1), excluded, plain };
      const machine = new NumberMachine({ ...whole, ...between(1000, 2999) });
      expect(accepts(machine, "1500")).toBe(true);
      const one = machine.step(machine.start, "1".charCodeAt(0));
      expect(machine.step(one, "0".charCodeAt(0)), "all from 1000 to 1099 are excluded").toBe(0);
    }
  });

  it("finds its way past the longest rows that steps rule out between them", () => {
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71];
    // Each of the following 71 numbers has one of the primes as a factor.
    const product = primes.reduce((all, prime) => all * BigInt(prime), 1n);
    const at = (value: bigint) => ({ value: decimalOf(value), exclusive: false });
    for (const parts of [{ plain: true, digits: 30 }, { plain: false }]) {
      const machine = new NumberMachine({
        ...ANY_NUMBER,
        ...parts,
        multipleOf: decimalOf(1),
        notMultipleOf: primes.map(decimalOf),
        lower: at(product + 2n),
        upper: at(product + 5000n),
      });
      expect(machine.isEmpty).toBe(false);
      expect(accepts(machine, String(product + 73n))).toBe(true);
      expect(accepts(machine, machine.closing(machine.start))).toBe(true);
    }
  });

  it("closes numbers in time, however many are excluded", () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => decimalOf(i));
    const shapes: Partial<NumberShape>[] = [
      { multipleOf: decimalOf(1), excluded: [new ListedNumbers(values(5000))] },
      { notMultipleOf: [parseDecimal("0.001")] },
      { notMultipleOf: [parseDecimal("0.001")], lower: { value: parseDecimal("1e40"), exclusive: true } },
      { multipleOf: decimalOf(1), notMultipleOf: [2, 3, 7].map(decimalOf) },
      {
        lower: { value: decimalOf(0), exclusive: true },
        upper: { value: parseDecimal("1e-300"), exclusive: false },
      },
      { multipleOf: parseDecimal("1e-300") },
      { multipleOf: decimalOf(7), lower: { value: parseDecimal("1e300"), exclusive: false } },
      { multipleOf: parseDecimal("7e300"), lower: { value: decimalOf(1), exclusive: false } },
    ];
    let work = 0;
    for (const parts of shapes) {
      const machine = new NumberMachine({ ...ANY_NUMBER, ...parts });
      for (const text of ["", "-", "1", "12", "49", "2.", "2.2", "1e", "1e2", "12345678"]) {
        let state = machine.start;
        for (const ch of text) state = state === 0 ? 0 : machine.step(state, ch.charCodeAt(0));
        if (state !== 0) expect(accepts(machine, text + machine.closing(state)), text).toBe(true);
      }
      work = Math.max(work, machine.work);
    }
    // Billions where values were compared one by one, and 390,000 since.
    expect(work).toBeLessThan(1_000_000);
  });

  it("takes the exponents that JavaScript and Python print", () => {
    const positive = new NumberMachine({ ...ANY_NUMBER, lower: { value: decimalOf(0.5), exclusive: false } });
    for (const text of ["1e+21", "1.5e+16", "2e16"]) expect(accepts(positive, text), text).toBe(true);
    const small = new NumberMachine({ ...ANY_NUMBER, upper: { value: decimalOf(1), exclusive: false } });
    for (const text of ["1e-05", "1.25e-7", "1e-0010", "-1e-05", "-3e+20"])
      expect(accepts(small, text), text).toBe(true);
  });

  it("is empty just where no number is in the shape", () => {
    const empty = (parts: Partial<NumberShape>) => new NumberMachine({ ...ANY_NUMBER, ...parts }).isEmpty;
    const at = (value: number, exclusive = false) => ({ value: decimalOf(value), exclusive });
    expect(empty({ lower: at(3), upper: at(7), multipleOf: decimalOf(10) })).toBe(true);
    expect(empty({ lower: at(3), upper: at(10), multipleOf: decimalOf(10) })).toBe(false);
    expect(empty({ lower: at(1, true), upper: at(2, true), multipleOf: decimalOf(1) })).toBe(true);
    expect(empty({ lower: at(1, true), upper: at(2, true) })).toBe(false);
    expect(empty({ lower: at(5), upper: at(5), excluded: [new ListedNumbers([decimalOf(5)])] })).toBe(true);
  });

  it("takes whole numbers of any size, and only plain ones where asked", () => {
    const whole = new NumberMachine({ ...ANY_NUMBER, multipleOf: decimalOf(1) });
    for (const text of [
      "0",
      "-7",
      "1.0",
      "1e21",
      "1.2345678910111214e+52",
      "1.5e+16",
      "1e0021",
      "123456789012345678901234567890",
    ]) {
      expect(accepts(whole, text), text).toBe(true);
    }
    for (const text of ["1.5", "01", "1e-7", "-", "1.", ".5", "+1"])
      expect(accepts(whole, text), text).toBe(false);
    const plain = new NumberMachine({ ...ANY_NUMBER, multipleOf: decimalOf(1), plain: true });
    expect(accepts(plain, "17")).toBe(true);
    for (const text of ["1.0", "1e21"]) expect(accepts(plain, text), text).toBe(false);
  });

  it("takes no number that a double cannot hold, where it is written to be read", () => {
    const exclusive = false;
    const shapes: Partial<NumberShape>[] = [
      {},
      { multipleOf: decimalOf(1) },
      { lower: { value: decimalOf(0), exclusive } },
      { lower: { value: parseDecimal("5"), exclusive }, upper: { value: parseDecimal("1e400"), exclusive } },
      { excluded: [new ListedNumbers([decimalOf(5)])] },
      { multipleOf: decimalOf(1), excluded: [new ListedNumbers([decimalOf(5)])] },
    ];
    for (const parts of shapes) {
      const machine = new NumberMachine(readable({ ...ANY_NUMBER, ...parts, plain: true }));
      for (const text of ["7", "123456789", "9".repeat(15)]) expect(accepts(machine, text), text).toBe(true);
      for (const text of ["9".repeat(20), `2${"0".repeat(308)}`, "1".repeat(400)])
        expect(accepts(machine, text), text).toBe(false);
      // However it is written, a way to the end is left, and short.
      let state = machine.start;
      for (let digit = 0; digit < 15; digit++) state = machine.step(state, 0x39);
      expect(machine.closing(state).length).toBeLessThanOrEqual(1);
    }
  });
});
