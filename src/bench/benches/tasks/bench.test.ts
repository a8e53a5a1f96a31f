import { describe, expect, it } from "vitest";
import { findSuites, selectCases } from "./bench.js";

describe("choosing cases", () => {
  it("takes all, or those that a pattern names; several suites put their names in front", async () => {
    const [simple, extraction] = await findSuites(["ir-simple", "extraction"], "/nowhere");
    expect(selectCases([simple])).toHaveLength(20);
    expect(selectCases([simple], ["*.ir"]).map((one) => one.id)).toEqual([
      "add_numbers.ir",
      "multiply.ir",
      "string_length.ir",
      "max_of_two.ir",
      "is_even.ir",
    ]);
    const both = selectCases([simple, extraction], ["extraction/contact-*", "ir-simple/is_even.python"]);
    expect(both.map((one) => one.id)).toEqual([
      "ir-simple/is_even.python",
      "extraction/contact-signature",
      "extraction/contact-sentence",
      "extraction/contact-without-company",
      "extraction/contact-accents",
    ]);
    // A dot is a dot.
    expect(() => selectCases([simple], ["is_even-python"])).toThrow(/No case matches/);
  });

  it("takes what looks like a path for a folder", async () => {
    await expect(findSuites(["./ir-simple"], "/nowhere")).rejects.toThrow(
      /Cannot read the folder \/nowhere\/ir-simple/,
    );
    await expect(findSuites(["ir-simpel"], "/nowhere")).rejects.toThrow(/There is no suite ir-simpel/);
  });
});
