import { describe, expect, it } from "vitest";
import { ClosingWay } from "./closingWay.js";
import { Fuel } from "./fuel.js";
import { Rope } from "./rope.js";
import { Search } from "./search.js";

const BRACE = Rope.of("}");

describe("a way out of a frame", () => {
  it("is searched for once", () => {
    const way = new ClosingWay();
    const search = new Search(Fuel.unlimited());
    let searches = 0;
    const lookFor = () => Rope.of(`}${searches++}`);
    expect([way.find(search, lookFor), way.find(search, lookFor)].map((found) => found?.text)).toEqual([
      "}0",
      "}0",
    ]);
  });

  it("is searched for again after a search that was broken off", () => {
    const way = new ClosingWay();
    const stopped = new Error("stopped");
    expect(() =>
      way.find(new Search(Fuel.unlimited()), () => {
        throw stopped;
      }),
    ).toThrow(stopped);
    expect(way.find(new Search(Fuel.unlimited()), () => BRACE)).toBe(BRACE);
  });

  it("that leads through itself counts as cut, and is no verdict", () => {
    const way = new ClosingWay();
    const search = new Search(Fuel.unlimited());
    expect(way.find(search, () => way.find(search, () => BRACE))).toBeUndefined();
    expect(search.cuts).toBeGreaterThan(0);
    expect(way.find(search, () => BRACE)).toBe(BRACE);
  });
});
