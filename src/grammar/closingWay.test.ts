import { describe, expect, it } from "vitest";
import { ClosingWay } from "./closingWay.js";
import { Search } from "./search.js";

describe("a way out of a frame", () => {
  it("is searched for once", () => {
    const way = new ClosingWay();
    const search = new Search();
    let searches = 0;
    const lookFor = () => `}${searches++}`;
    expect([way.find(search, lookFor), way.find(search, lookFor)]).toEqual(["}0", "}0"]);
  });

  it("is searched for again after a search that was broken off", () => {
    const way = new ClosingWay();
    const stopped = new Error("stopped");
    expect(() =>
      way.find(new Search(), () => {
        throw stopped;
      }),
    ).toThrow(stopped);
    expect(way.find(new Search(), () => "}")).toBe("}");
  });

  it("that leads through itself counts as cut, and is no verdict", () => {
    const way = new ClosingWay();
    const search = new Search();
    expect(way.find(search, () => way.find(search, () => "}"))).toBeUndefined();
    expect(search.cuts).toBeGreaterThan(0);
    expect(way.find(search, () => "}")).toBe("}");
  });
});
