import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { paths } from "../../scripts/project.mjs";
import { released } from "../../scripts/release.mjs";

const read = (path: string): string => readFileSync(join(paths.root, path), "utf8");
const { version } = JSON.parse(read("package.json")) as { version: string };
const text = (texts: Map<string, string>, path: string): string => texts.get(path) ?? "";

test("a release names its version wherever this one is named", () => {
  const texts = released(version, "9.8.7", "2030-01-02", read);
  expect(JSON.parse(text(texts, "package.json"))).toMatchObject({ version: "9.8.7" });
  const lock = JSON.parse(text(texts, "package-lock.json"));
  expect([lock.version, lock.packages[""].version]).toEqual(["9.8.7", "9.8.7"]);
  for (const [path, changed] of texts) {
    // Other packages may have that version too, and the changelog keeps those of old releases.
    if (path === "package-lock.json" || path === "CHANGELOG.md") continue;
    expect([path, changed.includes(version)]).toEqual([path, false]);
  }
  expect(text(texts, "CHANGELOG.md")).toContain("## [Unreleased]\n\n## [9.8.7] - 2030-01-02\n\n### ");
});

test("what has no version to change, or nothing to release, is refused", () => {
  expect(() => released("1.1.1", "9.8.7", "2030-01-02", read)).toThrow("1.1.1");
  const empty = (path: string) =>
    path === "CHANGELOG.md"
      ? "# Changelog\n\n## [Unreleased]\n\n## [0.0.1] - 2029-01-01\n\n### Added\n"
      : read(path);
  expect(() => released(version, "9.8.7", "2030-01-02", empty)).toThrow("Nothing is unreleased.");
});
