import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeAppFile } from "./appFile.js";
import { modalSettings } from "./settings.js";
import { renderApp } from "./template/index.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-app-"));
  path = join(folder, "modal_app.py");
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (options = {}) => renderApp(modalSettings(options), "1.2.3");

async function write(content: string, choice: "ask" | "regenerate" | "keep" = "ask") {
  const shown: string[] = [];
  const report = await writeAppFile(path, content, choice, (diff) => shown.push(diff));
  return { ...report, shown };
}

test("the same settings give the same file", async () => {
  expect(text({ gpu: ["H100", "L40S"], snapshot: true })).toBe(
    text({ gpu: ["H100", "L40S"], snapshot: true }),
  );
  expect(await write(text())).toMatchObject({ state: "new", shown: [] });
  expect(readFileSync(path, "utf8")).toBe(text());
  expect(await write(text())).toMatchObject({ state: "unchanged", shown: [] });
});

test("a file that differs is left alone until somebody chooses, and the difference is shown", async () => {
  const edited = text().replace('"--enforce-eager",', '"--max-log-len", "10",');
  writeFileSync(path, edited);
  await expect(write(text())).rejects.toThrow(/--regenerate.*--keep/);
  expect(readFileSync(path, "utf8")).toBe(edited);

  const kept = await write(text(), "keep");
  expect(kept.state).toBe("kept");
  expect(kept.shown[0]).toContain('-    "--max-log-len", "10",\n+    "--enforce-eager",\n');
  expect(readFileSync(path, "utf8")).toBe(edited);

  expect((await write(text(), "regenerate")).state).toBe("regenerated");
  expect(readFileSync(path, "utf8")).toBe(text());
});

test("a changed setting changes only its own lines", async () => {
  await write(text());
  const { diff } = await write(text({ gpu: "H200", maxContainers: 7 }), "regenerate");
  const changed = diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
  // The record of what is deployed repeats what it records.
  expect(changed.filter((line) => !/^.DEPLOYED = /.test(line))).toEqual([
    '-GPU = "L40S"',
    '+GPU = "H200"',
    "-    max_containers=1,",
    "+    max_containers=7,",
  ]);
});
