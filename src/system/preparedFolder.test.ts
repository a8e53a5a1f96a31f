import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { preparedFolder } from "./preparedFolder.js";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "formwork-prepared-"));
});
afterEach(() => rm(parent, { recursive: true }));

test("makes a folder once, also for two at the same time", async () => {
  let made = 0;
  const make = async (draft: string): Promise<void> => {
    made += 1;
    await writeFile(join(draft, "content"), "whole");
  };
  const path = join(parent, "deep", "tool");
  expect(await Promise.all([preparedFolder(path, make), preparedFolder(path, make)])).toEqual([path, path]);
  expect(await readFile(join(path, "content"), "utf8")).toBe("whole");
  const before = made;
  await preparedFolder(path, make);
  expect(made).toBe(before);
  expect(await readdir(join(parent, "deep"))).toEqual(["tool"]);
});

test("leaves nothing behind where making it failed", async () => {
  const make = async (draft: string): Promise<void> => {
    await writeFile(join(draft, "half"), "");
    throw new Error("no network");
  };
  await expect(preparedFolder(join(parent, "tool"), make)).rejects.toThrow("no network");
  expect(await readdir(parent)).toEqual([]);
});
