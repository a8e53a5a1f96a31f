import { describe, expect, it } from "vitest";
import { ClosingWay } from "./closingWay.js";
import { cutCount } from "./goal.js";

describe("a way out of a frame", () => {
  it("is searched for once", () => {
    const way = new ClosingWay();
    let searches = 0;
    const search = () => `}${searches++}`;
    expect([way.find(search), way.find(search)]).toEqual(["}0", "}0"]);
  });

  it("is searched for again after a search that was broken off", () => {
    const way = new ClosingWay();
    const stopped = new Error("stopped");
    expect(() =>
      way.find(() => {
        throw stopped;
      }),
    ).toThrow(stopped);
    expect(way.find(() => "}")).toBe("}");
  });

  it("that leads through itself counts as cut, and is no verdict", () => {
    const way = new ClosingWay();
    const before = cutCount();
    expect(way.find(() => way.find(() => "}"))).toBeUndefined();
    expect(cutCount()).toBeGreaterThan(before);
    expect(way.find(() => "}")).toBe("}");
  });
});
