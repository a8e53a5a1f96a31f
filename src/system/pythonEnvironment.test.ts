import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pythonEnvironment } from "./pythonEnvironment.js";

let folder: string;
let programs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-python-"));
  programs = join(folder, "programs");
  mkdirSync(programs);
  // Only what the test puts there can be found.
  vi.stubEnv("PATH", programs);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program that notes how it was called and then does what `body`, in JavaScript, says with its `words`. */
function program(name: string, body: string): void {
  const path = join(programs, name);
  const note = `fs.appendFileSync(${JSON.stringify(join(folder, "calls"))}, ["${name}", ...words].join(" ") + "\\n");`;
  const lines = [
    `#!${process.execPath}`,
    'const fs = require("node:fs");',
    "const words = process.argv.slice(2);",
    note,
    body,
  ];
  writeFileSync(path, lines.join("\n"));
  chmodSync(path, 0o755);
}

const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
const make = (told: string[] = []) =>
  pythonEnvironment("modal==9.9", { folder: join(folder, "made"), onProgress: (line) => told.push(line) });

/** Makes a folder with a Python in it, as both tools do; the folder is the last word. */
const MAKE_FOLDER = `
if (words.includes("venv")) {
  fs.mkdirSync(words.at(-1) + "/bin", { recursive: true });
  fs.writeFileSync(words.at(-1) + "/bin/python", "#!" + process.execPath, { mode: 0o755 });
}`;

test("uv makes it once; the second time nothing runs", async () => {
  program("uv", MAKE_FOLDER);
  const environment = await make();
  expect(environment.python).toBe(join(folder, "made", "modal-9.9", "bin", "python"));
  expect(existsSync(environment.python)).toBe(true);
  const made = calls();
  expect(made.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    ...["uv --version", "uv venv --quiet", "uv pip install"],
  ]);
  expect(await make()).toEqual(environment);
  expect(calls()).toEqual(made);
});

test("without uv, python3 makes it, and says that uv would be faster", async () => {
  program("python3", MAKE_FOLDER);
  const told: string[] = [];
  expect(existsSync((await make(told)).python)).toBe(true);
  expect(told).toEqual([expect.stringMatching(/python3 -m venv.*uv is not installed/)]);
});

test("with neither, the way to uv is told", async () => {
  await expect(make()).rejects.toMatchObject({
    code: "wrong_usage",
    message: expect.stringMatching(/neither uv nor python3.*docs\.astral\.sh/),
  });
});

test("an installation that fails leaves nothing behind and says why", async () => {
  program(
    "uv",
    `${MAKE_FOLDER}\nif (words[0] === "pip") { console.error("No solution found: modal==9.9"); process.exit(1); }`,
  );
  await expect(make()).rejects.toThrow(/No solution found: modal==9\.9[\s\S]*package index/);
  expect(existsSync(join(folder, "made", "modal-9.9"))).toBe(false);
  program("uv", MAKE_FOLDER);
  expect(existsSync((await make()).python)).toBe(true);
});

test("two at once both get the whole of it", async () => {
  program("uv", MAKE_FOLDER);
  const [one, two] = await Promise.all([make(), make()]);
  expect(one).toEqual(two);
  expect(existsSync(one.python)).toBe(true);
});
