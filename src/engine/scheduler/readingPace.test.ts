import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReadingPace } from "./readingPace.js";

/** A machine on which a step takes so many milliseconds, and so many more for each token. */
interface Machine {
  stepMs: number;
  tokenMs: number;
}

const machines = fc.record<Machine>({
  stepMs: fc.double({ min: 0, max: 30, noNaN: true }),
  tokenMs: fc.double({ min: 0.05, max: 20, noNaN: true }),
});

/** Reads a prompt beside nobody, decodes for a while, and returns the pace. */
function warmed({ stepMs, tokenMs }: Machine, rows: number): ReadingPace {
  const pace = new ReadingPace();
  pace.observe(40, true, stepMs + 40 * tokenMs);
  for (let step = 0; step < 20; step++) pace.observe(rows, false, stepMs + rows * tokenMs);
  return pace;
}

describe("reading beside decoding", () => {
  it("takes no longer than decoding does, and is never noticed where it takes less than 10 ms", () => {
    fc.assert(
      fc.property(machines, fc.integer({ min: 1, max: 16 }), (machine, rows) => {
        const pace = warmed(machine, rows);
        const decodingMs = machine.stepMs + rows * machine.tokenMs;
        for (let step = 0; step < 30; step++) {
          const tokens = pace.beside(rows);
          const readingMs = tokens * machine.tokenMs;
          expect(tokens).toBeGreaterThanOrEqual(3);
          if (tokens > 3) expect(readingMs).toBeLessThanOrEqual(Math.max(decodingMs, 10) * 1.001);
          pace.observe(rows + tokens, true, decodingMs + readingMs);
        }
      }),
    );
  });

  it("gives each prompt the time of a stream, within a short step", () => {
    fc.assert(
      fc.property(machines, fc.nat({ max: 16 }), fc.nat({ max: 16 }), (machine, more, streams) => {
        const pace = warmed(machine, streams + 1);
        const few = pace.beside(streams + 1);
        const many = pace.beside(streams + 1, streams + 1 + more);
        expect(many).toBeGreaterThanOrEqual(few);
        expect(many - 1).toBeLessThanOrEqual((few + 1) * ((streams + 1 + more) / (streams + 1)));
        const decodingMs = machine.stepMs + (streams + 1) * machine.tokenMs;
        if (many > 3) expect(many * machine.tokenMs).toBeLessThanOrEqual(Math.max(decodingMs, 100) * 1.001);
      }),
    );
  });

  it("reads as much as a short step allows where nobody decodes", () => {
    fc.assert(
      fc.property(machines, (machine) => {
        const tokens = warmed(machine, 1).alone;
        if (tokens > 3) expect(tokens * machine.tokenMs).toBeLessThanOrEqual(100.1);
        expect(tokens).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it("is not thrown off by one step that another program interrupted", () => {
    const pace = warmed({ stepMs: 5, tokenMs: 1 }, 1);
    const before = pace.beside(1);
    pace.observe(16, true, 5000);
    expect(pace.beside(1)).toBeGreaterThanOrEqual(before / 2);
  });

  it("follows a machine that becomes slower for good", () => {
    const pace = warmed({ stepMs: 5, tokenMs: 1 }, 1);
    for (let step = 0; step < 40; step++) pace.observe(1 + pace.beside(1), true, 200);
    expect(pace.beside(1)).toBe(3);
  });

  it("reads what it is given a number for, and as much as there is before anything is known", () => {
    expect(new ReadingPace(7).beside(1, 5)).toBe(7);
    expect(new ReadingPace(7).alone).toBe(Number.POSITIVE_INFINITY);
    expect(new ReadingPace().beside(1)).toBe(Number.POSITIVE_INFINITY);
  });
});
