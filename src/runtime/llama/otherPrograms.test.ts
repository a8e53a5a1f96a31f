import { describe, expect, it } from "vitest";
import { OtherPrograms } from "./otherPrograms.js";

describe("what other programs leave", () => {
  const clock = { passedMs: 0, idleMs: 0, ownMs: 0 };
  const pass = (passedMs: number, idleMs: number, ownMs: number) => {
    clock.passedMs += passedMs;
    clock.idleMs += idleMs;
    clock.ownMs += ownMs;
  };

  it("is what this process uses and what nobody does, since the last look", () => {
    const programs = new OtherPrograms(
      2,
      () => ({ ...clock }),
      () => clock.ownMs,
    );
    // One second of two processors: one busy with this process, the other idle.
    pass(2000, 1000, 1000);
    expect(programs.processorsLeft()).toBe(2);
    // The other is taken by somebody.
    pass(2000, 0, 1000);
    expect(programs.processorsLeft()).toBe(1);
    pass(2000, 900, 1000);
    expect(programs.processorsLeft()).toBeCloseTo(1.9);
  });

  it("is unlimited where the system does not count", () => {
    const programs = new OtherPrograms(
      0,
      () => ({ passedMs: 0, idleMs: 0 }),
      () => 0,
    );
    expect(programs.processorsLeft()).toBe(Number.POSITIVE_INFINITY);
  });
});
