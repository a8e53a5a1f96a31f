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

test("packages that are imported for their effects alone stay imported", () => {
  const sources = readdirSync(resolve(DIST, "../src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|testing/.test(name))
    .map((name) => readFileSync(resolve(DIST, "../src", name), "utf8"));
  const packages = new Set(
    sources.flatMap((code) => [...code.matchAll(/^import "([^."][^"]*)";$/gm)].map(([line]) => line)),
  );
  expect(packages.size).toBeGreaterThan(0);
  for (const line of packages) expect(chunkWith(line), line).toHaveLength(1);
});

// A number in exponents is compared as it is written, which only the second library does.
test.each([
  ["http://json-schema.org/draft-04/schema#", false],
  ["http://json-schema.org/draft-06/schema#", true],
  ["http://json-schema.org/draft-07/schema#", true],
  ["https://json-schema.org/draft/2019-09/schema", true],
  ["https://json-schema.org/draft/2020-12/schema", true],
])("the built validator judges exactly in %s", async ($schema, isInteger) => {
  const { validateDocument } = await import(join(DIST, "engine/index.js"));
  const schema = `{"$schema":"${$schema}","type":"integer","maximum":9007199254740993}`;
  expect(await validateDocument(schema, "9007199254740993")).toEqual({ valid: true });
  expect(await validateDocument(schema, "9007199254740994")).toMatchObject({ valid: false });
  expect(await validateDocument(schema, "1.5e1")).toMatchObject({ valid: isInteger });
});
