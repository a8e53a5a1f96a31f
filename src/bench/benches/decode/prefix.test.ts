import { describe, expect, it } from "vitest";
import type { TargetRequest } from "../../target.js";
import { failedAnswer } from "../../targets/failedAnswer.js";
import { SimulatedTarget } from "../../testing/simulated.js";
import { prefixRatio } from "./prefix.js";

/** Reads a system message in 100 ms, and one that it has read before in 20. */
class Reader extends SimulatedTarget {
  private readonly known = new Set<string>();

  override async generate(request: TargetRequest) {
    this.requests.push(request);
    const first_token_ms = this.known.has(request.system!) ? 20 : 100;
    this.known.add(request.system!);
    return { ...failedAnswer("none", "", 200), error: null, first_token_ms };
  }
}

const sampling = { temperature: 0, topP: 1, seed: 1 };

describe("prefixRatio", () => {
  it("sends each long beginning twice, with another question behind it", async () => {
    const target = new Reader([], { seed: 1 });
    expect(await prefixRatio(target, sampling)).toMatchObject({ ours: 20, other: 100, reached: true });
    expect(new Set(target.requests.map((request) => request.system)).size).toBe(3);
    expect(new Set(target.requests.map((request) => request.prompt)).size).toBe(2);
    expect(target.requests).toHaveLength(6);
  });

  it("tells where nothing is kept", async () => {
    const target = new SimulatedTarget([], { seed: 1, scatter: 0, outliers: 0 });
    expect(await prefixRatio(target, sampling)).toMatchObject({ reached: false });
  });
});
