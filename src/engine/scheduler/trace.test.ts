import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Harness, type Watched } from "../testing/harness.js";

const tokensOf = ({ trace }: Watched) => trace.flatMap(({ tokens }) => tokens);

describe("a trace", () => {
  it("spells the answer, counts its tokens and changes nothing of it", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 30, max: 200 }), fc.boolean(), (seed, maxTokens, free) => {
        const options = { sampling: { temperature: 1, seed }, maxTokens, free };
        const plain = new Harness().answer(options);
        const traced = new Harness().answer({ ...options, trace: true });
        const tokens = tokensOf(traced);
        expect(traced.text).toBe(plain.text);
        expect(plain.trace).toEqual([]);
        expect(tokens.map(({ text }) => text).join("")).toBe(traced.text);
        expect(tokens).toHaveLength(traced.outcome!.completionTokens);
        expect(tokens.filter(({ origin }) => origin === "forced")).toHaveLength(traced.outcome!.forcedTokens);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps forced tokens together: it takes as many steps as without", () => {
    const stepsOf = (trace: boolean) => {
      const harness = new Harness();
      harness.answer({ trace });
      return harness.scheduler.counters.steps;
    };
    expect(stepsOf(true)).toBe(stepsOf(false));
  });

  it("has one sampled token at most in a step, and names what the model preferred where the mask ruled it out", () => {
    const traced = new Harness().answer({ sampling: { temperature: 1, seed: 4 }, trace: true });
    const origins = new Set(tokensOf(traced).map(({ origin }) => origin));
    expect(origins).toContain("changed");
    expect(origins).toContain("forced");
    let at = 0;
    for (const { atMs, tokens } of traced.trace) {
      expect(atMs).toBeGreaterThanOrEqual(at);
      at = atMs;
      expect(tokens.filter(({ choice }) => choice !== undefined).length).toBeLessThanOrEqual(1);
      for (const { origin, choice } of tokens) {
        expect(choice === undefined).toBe(origin === "forced" || origin === "closed");
        if (choice === undefined) continue;
        expect(choice.top).toHaveLength(3);
        expect(choice.top[0].allowed).toBe(origin === "sampled");
        expect(choice.maskedLogprob).toBeGreaterThanOrEqual(choice.logprob);
      }
    }
  });

  it("tells what the engine wrote to close the document", () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const traced = seeds.map((seed) =>
      new Harness().answer({ sampling: { temperature: 1.5, seed }, maxTokens: 38, trace: true }),
    );
    const closed = traced.filter((one) => tokensOf(one).some(({ origin }) => origin === "closed"));
    expect(closed.length).toBeGreaterThan(0);
    for (const { outcome } of closed) expect(outcome).toMatchObject({ finishReason: "length" });
  });
});
