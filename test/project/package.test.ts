import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleBytes, LIMITS } from "../../scripts/sizes.mjs";

/** The package as `npm publish` would send it. */

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-package-"));
  await run(npm, ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pkgDir: root, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test("types resolve as the modules do", async () => {
  const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (checked.types === false) return expect.unreachable("the package has types");
  // ES modules only, by entry points: the resolution of CommonJS and of Node 10 does not count.
  const problems = checked.problems.filter(
    (problem) => !("resolutionKind" in problem) || !/node10|node16-cjs/.test(problem.resolutionKind),
  );
  expect(problems).toEqual([]);
});

describe("installed elsewhere", () => {
  let project: string;
  beforeAll(async () => {
    project = join(folder, "project");
    const packages = join(project, "node_modules");
    mkdirSync(packages, { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", folder]);
    for (const name of readdirSync(join(root, "node_modules"))) {
      if (!name.startsWith("."))
        symlinkSync(join(root, "node_modules", name), join(packages, name), "junction");
    }
    symlinkSync(join(folder, "package"), join(packages, "formwork"), "junction");
    // Dependencies of the package are looked for beside it.
    symlinkSync(join(root, "node_modules"), join(folder, "package", "node_modules"), "junction");
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  });

  test("holds no tests, fixtures or source maps", async () => {
    const files = readdirSync(join(folder, "package", "dist"), { recursive: true }).map(String);
    expect(files.filter((file) => /\.map$|\.test\.|testing[\\/]|fixtures[\\/]/.test(file))).toEqual([]);
  });

  test("every entry point loads", async () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");
    const names = entries.map((entry) => `formwork${entry.slice(1)}`);
    const program = `for (const name of ${JSON.stringify(names)}) {
      const exports = Object.keys(await import(name));
      if (exports.length === 0) throw new Error(name + " exports nothing");
    }
    console.log("all");`;
    writeFileSync(join(project, "load.js"), program);
    expect((await run(process.execPath, ["load.js"], { cwd: project })).stdout).toBe("all\n");
  });

  test("the program runs", async () => {
    const program = join(folder, "package", manifest.bin.formwork);
    expect((await run(process.execPath, [program, "--version"])).stdout.trim()).toBe(manifest.version);
  });

  test("answers are typed by their schemas", async () => {
    writeFileSync(join(project, "typed.ts"), TYPED);
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const words = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--ignoreConfig"];
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules", "@types")];
    const { stdout } = await run(process.execPath, [compiler, ...words, ...types, "typed.ts"], {
      cwd: project,
    }).catch((failure: { stdout: string }) => failure);
    expect(stdout).toBe("");
  });
});

const TYPED = `
import { compileSchema, Vocabulary } from "formwork/constraint";
import { createClient } from "formwork/client";

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <One, Other>(..._: Same<One, Other> extends true ? [] : ["not the same"]) => {};

const client = createClient({ baseUrl: "http://127.0.0.1:8080" });
const { output } = await client.generate({
  prompt: "Ada Lovelace, born in 1815",
  schema: {
    type: "object",
    properties: { name: { type: "string" }, born: { type: "integer" }, field: { enum: ["poetry", "mathematics"] } },
    required: ["name", "born"],
    additionalProperties: false,
  },
});
same<typeof output.name, string>();
same<typeof output.born, number>();
same<typeof output.field, "poetry" | "mathematics" | undefined>();
// @ts-expect-error: the schema has no such property
output.other;

const vocabulary = new Vocabulary({ tokens: [Uint8Array.of(123), Uint8Array.of()], special: [1], eos: 1 });
same<boolean, ReturnType<ReturnType<ReturnType<typeof compileSchema>["matcher"]>["accept"]>>();
void vocabulary;
`;

test.each(LIMITS)("$entry weighs at most $limit bytes", async ({ entry, names, limit }) => {
  expect(await bundleBytes(entry, names)).toBeLessThanOrEqual(limit);
});
