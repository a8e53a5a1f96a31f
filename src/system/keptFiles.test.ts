import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keepLastUsed, touch, writeWhole } from "./keptFiles.js";

const home = mkdtempSync(join(tmpdir(), "formwork-kept-"));
afterAll(() => rmSync(home, { recursive: true }));

test("files that were used last stay, others of their kind go", () => {
  const folder = join(home, "new", "folder");
  const path = (name: string) => join(folder, name);
  for (const [age, name] of ["a.kept", "b.kept", "c.kept.17", "d.kept"].entries()) {
    writeWhole(path(name), Buffer.from(name));
    utimesSync(path(name), 1000 - age, 1000 - age);
  }
  writeFileSync(path("other"), "");
  utimesSync(path("other"), 1, 1);
  touch(path("d.kept"));
  keepLastUsed(folder, ".kept", 2);
  expect(readdirSync(folder).sort()).toEqual(["a.kept", "d.kept", "other"]);
  expect(readFileSync(path("a.kept"), "utf8")).toBe("a.kept");
});
