import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { builtInSuite } from "../tasks/index.js";
import { ratio } from "./ratios.js";
import { resultsSchema } from "./resultsSchema.js";
import { simulatedResults } from "./testing/simulatedRun.js";

describe("the schema of results.json", () => {
  const ajv = new Ajv2020({ allErrors: true });
  addFormats.default(ajv);
  const valid = ajv.compile(resultsSchema as object);

  it("takes what a run writes", async () => {
    const cases = builtInSuite("extraction").cases.slice(0, 4);
    const settings = [
      { seed: 1, name: "a", failing: 0.2 },
      { seed: 2, name: "b", invalid: 0.3, wrong: 0.3 },
    ];
    const results = await simulatedResults(cases, settings, { runs: 6, concurrency: [1, 2], coldStarts: 1 });
    results.ratios.push(ratio("time", 1, 4, { atMost: 0.4 }));
    const written: unknown = JSON.parse(JSON.stringify(results));
    expect(valid(written) || valid.errors).toBe(true);
  });

  it("refuses another version and fields that nobody knows", async () => {
    const results = await simulatedResults(builtInSuite("extraction").cases.slice(0, 1), [{ seed: 1 }], {
      runs: 1,
    });
    expect(valid({ ...results, formwork_bench: 2 })).toBe(false);
    expect(valid({ ...results, more: true })).toBe(false);
    expect(valid({ ...results, samples: [{ ...results.samples[0], latency_ms: "1" }] })).toBe(false);
  });
});
