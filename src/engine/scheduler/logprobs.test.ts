import { describe, expect, it } from "vitest";
import { Harness } from "../testing/harness.js";

describe("log-probabilities", () => {
  it("describe every token of a document, forced ones by logits of their own, and change nothing of it", () => {
    for (const temperature of [0, 1]) {
      const plain = new Harness().answer({ sampling: { temperature, seed: 3 } });
      const watched = new Harness().answer({ sampling: { temperature, seed: 3 }, topLogprobs: 4 });
      expect(watched.text).toBe(plain.text);
      expect(watched.outcome!.completionTokens).toBe(plain.outcome!.completionTokens);
      expect(watched.outcome!.forcedTokens).toBe(plain.outcome!.forcedTokens);
      const { logprobs } = watched;
      expect(logprobs).toHaveLength(watched.outcome!.completionTokens);
      const bytes = Uint8Array.from(logprobs.flatMap((one) => one.bytes));
      expect(new TextDecoder().decode(bytes)).toBe(watched.text);
      expect(logprobs.filter(({ forced }) => forced)).toHaveLength(watched.outcome!.forcedTokens);
      for (const { token, logprob, maskedLogprob, forced, top } of logprobs) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(maskedLogprob).toBeGreaterThanOrEqual(logprob);
        if (forced) expect(maskedLogprob).toBe(0);
        expect(top).toHaveLength(4);
        const own = top.find((other) => other.token === token && other.logprob === logprob);
        if (own !== undefined) expect(own.allowed).toBe(true);
        for (let i = 1; i < top.length; i++) expect(top[i].logprob).toBeLessThanOrEqual(top[i - 1].logprob);
      }
    }
  });

  it("are the same beside other requests, and where a request had to start over", () => {
    const alone = new Harness().answer({ topLogprobs: 2 });
    const harness = new Harness({}, { vocabulary: undefined as never, cellCapacity: 160, maxSequences: 8 });
    const reference = new Harness({}, { vocabulary: undefined as never, maxSequences: 8 }).answer({
      topLogprobs: 2,
    });
    const crowd = [0, 1, 2].map(() => harness.ask({ topLogprobs: 2 }));
    harness.run();
    for (const each of crowd) expect(each.logprobs).toEqual(reference.logprobs);
    expect(harness.scheduler.counters.preemptions).toBeGreaterThan(0);
    expect(alone.logprobs.length).toBeGreaterThan(0);
  });

  it("add up to one over all tokens, and over those the mask left", () => {
    const { logprobs } = new Harness().answer({ free: true, maxTokens: 3, topLogprobs: 300 });
    for (const { top } of logprobs) {
      expect(top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 5);
    }
    const masked = new Harness().answer({ topLogprobs: 300 }).logprobs.filter(({ forced }) => !forced);
    for (const { logprob, maskedLogprob, top } of masked) {
      const left = top.filter(({ allowed }) => allowed).reduce((sum, one) => sum + Math.exp(one.logprob), 0);
      expect(Math.exp(maskedLogprob)).toBeCloseTo(Math.exp(logprob) / left, 4);
    }
  });
});

describe("stop texts", () => {
  it("end free text before them, wherever tokens cut them, and are not part of it", () => {
    const whole = new Harness().answer({
      free: true,
      maxTokens: 60,
      sampling: { temperature: 1, seed: 5 },
    }).text;
    for (let at = 1; at < whole.length - 4; at += 7) {
      const stop = [whole.slice(at, at + 3), "never written"];
      const watched = new Harness().answer({
        free: true,
        maxTokens: 60,
        stop,
        sampling: { temperature: 1, seed: 5 },
      });
      const expected = whole.slice(0, whole.indexOf(stop[0]));
      expect(watched.text).toBe(expected);
      expect(watched.outcome).toMatchObject({ text: expected, finishReason: "stop" });
    }
  });
});

describe("penalties and bias", () => {
  it("keep tokens from being repeated, and favour or rule out others", () => {
    const options = { free: true, maxTokens: 40 };
    const count = (text: string) => new Set(text).size / text.length;
    const prefer = () => 97;
    const repeated = new Harness({}, { prefer }).answer(options).text;
    expect(repeated).toBe("a".repeat(40));
    for (const penalty of [{ presencePenalty: 200 }, { frequencyPenalty: 200 }]) {
      const text = new Harness({}, { prefer }).answer({ ...options, sampling: penalty }).text;
      expect(count(text)).toBeGreaterThan(count(repeated));
    }
    const sampling = { logitBias: { 97: -200, 98: 200, 99999: 1 } };
    expect(new Harness({}, { prefer }).answer({ ...options, sampling }).text).toBe("b".repeat(40));
  });
});
