import { describe, expect, it } from "vitest";
import { ThreadGovernor } from "./threadGovernor.js";

/** Decodes of 10 ms for `durationMs`, during which the process gets at most `cores`. Returns the threads used. */
function run(governor: ThreadGovernor, fromMs: number, durationMs: number, cores: number): number[] {
  const used: number[] = [];
  for (let now = fromMs; now < fromMs + durationMs; now += 10) {
    used.push(governor.threads);
    governor.observe(10, 10 * Math.min(governor.threads, cores), now);
  }
  return used;
}

describe("the number of threads", () => {
  it("stays where every thread has its core", () => {
    const governor = new ThreadGovernor(4);
    expect(new Set(run(governor, 0, 5000, 8))).toEqual(new Set([4]));
    expect(new Set(run(governor, 5000, 5000, 3.5))).toEqual(new Set([4]));
  });

  it("falls to the cores that are there, and rises again when they are free", () => {
    const governor = new ThreadGovernor(4);
    run(governor, 0, 100, 2.4);
    expect(governor.threads).toBe(2);
    run(governor, 100, 1000, 4);
    expect(governor.threads).toBe(4);
  });

  it("tries again less and less often while that fails", () => {
    const governor = new ThreadGovernor(2);
    const used = run(governor, 0, 60_000, 1.2);
    const share = (part: number[]): number => part.filter((threads) => threads === 2).length / part.length;
    expect(share(used.slice(0, 500))).toBeGreaterThan(share(used.slice(-2000)));
    expect(share(used.slice(-2000))).toBeLessThan(0.02);
    expect(run(governor, 60_000, 20_000, 2)).toContain(2);
    expect(governor.threads).toBe(2);
  });

  it("forgives one unlucky decode", () => {
    const governor = new ThreadGovernor(2);
    governor.observe(80, 60, 0);
    expect(governor.threads).toBe(2);
    for (let now = 10; now < 1000; now += 10) governor.observe(10, 20, now);
    expect(governor.threads).toBe(2);
  });

  it("needs no second decode after one that took long", () => {
    const governor = new ThreadGovernor(2);
    governor.observe(500, 600, 0);
    expect(governor.threads).toBe(1);
  });

  it("does not try again while other programs have the cores", () => {
    let left = 1.1;
    const governor = new ThreadGovernor(2, () => left);
    run(governor, 0, 100, 1.1);
    expect(new Set(run(governor, 100, 20_000, 2))).toEqual(new Set([1]));
    // A server and its client at work beside it are no reason.
    left = 1.4;
    expect(run(governor, 20_100, 1000, left)).toContain(2);
    expect(governor.threads).toBe(2);
  });

  it("leaves a processor to every other thread that is at work, one thread at least", () => {
    const governor = new ThreadGovernor(4);
    expect([0, 1, 3, 4, 9].map((busy) => governor.threadsBeside(busy))).toEqual([4, 3, 1, 1, 1]);
  });

  it("leaves a single thread alone", () => {
    const governor = new ThreadGovernor(1);
    expect(new Set(run(governor, 0, 2000, 0.1))).toEqual(new Set([1]));
  });
});
