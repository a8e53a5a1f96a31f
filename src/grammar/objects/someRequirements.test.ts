import { describe, expect, it } from "vitest";
import { SomeRequirements } from "./someRequirements.js";

describe("requirements of some property", () => {
  it("tells every way to count a key apart, the fullest first", () => {
    expect(new SomeRequirements([7, 8]).countings(0b11)).toEqual([0b11, 0b10, 0b01, 0b00]);
  });

  it("counts for what any value meets, and for what asks the same, without a choice", () => {
    expect(new SomeRequirements([-1, 7, 7]).countings(0b111)).toEqual([0b111, 0b001]);
    expect(new SomeRequirements([-1, 7, 7]).countings(0b010)).toEqual([0b010, 0b000]);
  });

  it("does not multiply", () => {
    const kinds = Array.from({ length: 30 }, (_, i) => i);
    const somes = new SomeRequirements(kinds);
    expect(somes.countings(somes.all)).toHaveLength(32);
  });
});
