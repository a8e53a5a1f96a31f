import { describe, expect, it } from "vitest";
import { brokenPromises, pageWith } from "./table.mjs";

const EMPTY = "Before.\n\n<!-- clients -->\n<!-- /clients -->\n\nAfter.\n";
const works = { client: "one", version: "1.0", scenario: "document" };
const fails = { client: "one", version: "1.0", scenario: "text", failure: "Error: a | b\nc" };

describe("the table of clients", () => {
  it("has a row for each client and leaves the rest of the page alone", () => {
    const page = pageWith(EMPTY, [works, fails]);
    expect(page).toContain("| one | 1.0 | works | – | – | – | Error: a / b c | – | – |");
    expect(page.startsWith("Before.\n")).toBe(true);
    expect(page.endsWith("\nAfter.\n")).toBe(true);
  });

  it("keeps the rows of clients that did not run", () => {
    const page = pageWith(pageWith(EMPTY, [works]), [{ ...works, client: "another" }]);
    expect(page.indexOf("| another |")).toBeGreaterThan(0);
    expect(page.indexOf("| one |")).toBeGreaterThan(page.indexOf("| another |"));
  });

  it("finds what the page says works and does not", () => {
    const page = pageWith(EMPTY, [works, fails]);
    const failure = "Error: gone";
    expect(brokenPromises(page, [{ ...works, failure }])).toEqual(["one: document: Error: gone"]);
    expect(brokenPromises(page, [works, fails])).toEqual([]);
  });

  it("refuses scenarios without a column, and pages without a place", () => {
    expect(() => pageWith(EMPTY, [{ ...works, scenario: "other" }])).toThrow("no column");
    expect(() => pageWith("", [works])).toThrow("<!-- clients -->");
  });
});
