import { describe, expect, it } from "vitest";
import { WrittenTokens } from "./penalties.js";
import { RandomGenerator } from "./random.js";
import { Sampler } from "./sampling.js";

const SIZE = 1000;
const EOS = SIZE - 1;
const SETTINGS = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 1 };

function randomLogits(seed: number, spread = 6): Float32Array {
  const random = new RandomGenerator(seed);
  return Float32Array.from({ length: SIZE }, () => random.next() * spread * 2 - spread);
}

function maskOf(tokens: Iterable<number>): Uint32Array {
  const mask = new Uint32Array((SIZE + 31) >>> 5);
  for (const token of tokens) mask[token >>> 5] |= 1 << (token & 31);
  return mask;
}

/** What the settings leave, the plain way: sort everything, then cut. */
function expectedChoices(
  logits: Float32Array,
  allowed: readonly number[],
  settings: typeof SETTINGS,
): Map<number, number> {
  const sorted = [...allowed].sort((a, b) => logits[b] - logits[a] || a - b);
  const best = logits[sorted[0]];
  let kept = sorted.map((token) => [token, Math.exp((logits[token] - best) / settings.temperature)] as const);
  kept = kept.filter(([, weight]) => weight >= Math.exp(-20));
  if (settings.minP > 0) kept = kept.filter(([, weight]) => weight >= settings.minP);
  if (settings.topK > 0) kept = kept.slice(0, settings.topK);
  const mass = kept.reduce((sum, [, weight]) => sum + weight, 0) * settings.topP;
  let sum = 0;
  let count = 0;
  while (count < kept.length && (sum < mass || count === 0)) sum += kept[count++][1];
  return new Map(settings.topP < 1 ? kept.slice(0, count) : kept);
}

describe("Sampler", () => {
  const sampler = new Sampler(SIZE, EOS, [7]);

  it("takes the best allowed token when greedy, the lowest id among equals", () => {
    const logits = randomLogits(3);
    const random = new RandomGenerator(0);
    const greedy = { ...SETTINGS, temperature: 0 };
    const allowed = [5, 31, 32, 63, 64, 500, 998];
    const best = [...allowed].sort((a, b) => logits[b] - logits[a])[0];
    expect(sampler.sample(logits, maskOf(allowed), greedy, random)).toBe(best);
    logits.fill(1);
    expect(sampler.sample(logits, maskOf([63, 31, 700]), greedy, random)).toBe(31);
    expect(sampler.sample(logits, undefined, greedy, random)).toBe(0);
  });

  it("answers -1 for an empty mask and refuses logits without numbers", () => {
    const random = new RandomGenerator(0);
    for (const temperature of [0, 1]) {
      const settings = { ...SETTINGS, temperature };
      expect(sampler.sample(randomLogits(1), maskOf([]), settings, random)).toBe(-1);
      const broken = new Float32Array(SIZE).fill(Number.NaN);
      expect(() => sampler.sample(broken, maskOf([1, 2]), settings, random)).toThrow(/no numbers/);
    }
  });

  it.each([
    { name: "temperature", settings: { temperature: 0.7 } },
    { name: "top-k", settings: { topK: 5 } },
    { name: "top-p", settings: { topP: 0.9 } },
    { name: "top-p of a flat distribution", settings: { topP: 0.5, temperature: 50 } },
    { name: "min-p", settings: { minP: 0.1 } },
    { name: "all of them", settings: { topP: 0.8, topK: 40, minP: 0.05, temperature: 1.3 } },
  ])("draws what sorting the vocabulary would leave: $name", ({ settings }) => {
    const full = { ...SETTINGS, ...settings };
    const random = new RandomGenerator(11);
    for (let seed = 1; seed <= 20; seed++) {
      const logits = randomLogits(seed);
      const allowed = Array.from({ length: SIZE }, (_, i) => i).filter((i) => (i + seed) % 3 !== 0);
      const expected = expectedChoices(logits, allowed, full);
      for (let i = 0; i < 200; i++) {
        const token = sampler.sample(logits, maskOf(allowed), full, random);
        expect(expected.has(token), `token ${token} of seed ${seed}`).toBe(true);
      }
    }
  });

  it("draws in proportion", () => {
    const logits = new Float32Array(SIZE).fill(-100);
    [logits[10], logits[20], logits[30]] = [Math.log(0.5), Math.log(0.3), Math.log(0.2)];
    const random = new RandomGenerator(5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const token = sampler.sample(logits, undefined, SETTINGS, random);
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([10, 20, 30]);
    expect(counts.get(10)! / 20_000).toBeCloseTo(0.5, 1);
    expect(counts.get(30)! / 20_000).toBeCloseTo(0.2, 1);
  });

  it("keeps equal logits apart by id at the edge of top-k", () => {
    const logits = new Float32Array(SIZE);
    const random = new RandomGenerator(5);
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++)
      seen.add(sampler.sample(logits, undefined, { ...SETTINGS, topK: 3 }, random));
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });

  it("counts every ending as the end and holds written tokens back", () => {
    const logits = new Float32Array(SIZE);
    logits[7] = 9;
    logits[3] = 8;
    const written = new WrittenTokens();
    written.add(3);
    sampler.prepare(logits, { ...SETTINGS, repetitionPenalty: 2 }, written);
    expect(logits[EOS]).toBe(9);
    expect(logits[3]).toBe(4);
  });
});

describe("RandomGenerator", () => {
  it("repeats itself by seed and differs between neighbouring seeds", () => {
    const draw = (seed: number) => {
      const random = new RandomGenerator(seed);
      return Array.from({ length: 8 }, () => random.next());
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
    expect(draw(2 ** 40)).not.toEqual(draw(0));
    const all = Array.from({ length: 1000 }, (_, seed) => draw(seed)[0]);
    expect(all.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(all).size).toBe(1000);
    expect(all.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
  });
});
