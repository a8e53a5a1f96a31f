import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const DIST = resolve(import.meta.dirname, "../../dist");

/** What a compiled file loads before it runs: our own files with their bytes, and packages. */
function loadedBy(entry: string): { bytes: number; files: string[]; packages: string[] } {
  const files = new Map<string, number>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    const code = readFileSync(file, "utf8");
    files.set(file, code.length);
    for (const [, name] of code.matchAll(/^(?:import|export)\b[^;"]*"([^"]+)";/gm)) {
      if (name.startsWith(".")) visit(resolve(dirname(file), name));
      else if (!name.startsWith("node:")) packages.add(name);
    }
  };
  visit(join(DIST, entry));
  return {
    bytes: [...files.values()].reduce((sum, length) => sum + length, 0),
    files: [...files.keys()].map((file) => relative(DIST, file)),
    packages: [...packages].sort(),
  };
}

/** The chunk that holds a module of the compiled tree, by words that only this module has. */
const chunkWith = (words: string) =>
  readdirSync(join(DIST, "program"))
    .map((name) => join("program", name))
    .filter((name) => readFileSync(join(DIST, name), "utf8").includes(words));

// A cold start is mostly reading code: these say how much there is, where a stopwatch would say how busy the machine is.
test.each([
  ["cli/main.js", 40_000, ["commander"]],
  ["engine/process/main.js", 220_000, ["@huggingface/jinja", "koffi"]],
  ["engine/validate/worker.js", 60_000, []],
])("%s starts with a few files, and with no package that it does not need", (entry, most, packages) => {
  const loaded = loadedBy(entry);
  expect(loaded.packages).toEqual(packages);
  expect(loaded.bytes).toBeLessThan(most);
  expect(loaded.files.length).toBeLessThan(20);
});

test("generating loads neither the constraint engine nor the server into the command's process", () => {
  const commands = chunkWith("Standard output carries the document alone.");
  expect(commands).toHaveLength(1);
  const code = readFileSync(join(DIST, commands[0]), "utf8");
  const [, generate] = /await import\("\.\/(generate-[\w-]+\.js)"\)/.exec(code)!;
  for (const entry of [commands[0], join("program", generate)]) {
    const { packages, files } = loadedBy(entry);
    expect(packages).toEqual([]);
    expect(files.filter((file) => /constraint|server|runtime/.test(file))).toEqual([]);
  }
});
