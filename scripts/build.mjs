// Compiles src to dist, copies what is not TypeScript, bundles the page and the programs, and removes what no source stands for
// any more.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundlePrograms } from "./bundle.mjs";
import { pageText } from "./page.mjs";
import { compilerFolder, filesUnder, fingerprint, isForTests, isOfPage, paths } from "./project.mjs";
import { writeWheel } from "./wheel.mjs";

/** Throws where the compiler complains. */
export async function build() {
  const packages = join(compilerFolder(), "node_modules");
  const compiler = join(packages, "typescript", "bin", "tsc");
  const words = [compiler, "-p", "tsconfig.build.json", "--typeRoots", join(packages, "@types")];
  const { status, stdout } = spawnSync(process.execPath, words, { cwd: paths.root, encoding: "utf8" });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}`);

  const sources = filesUnder(paths.source).filter((file) => !isForTests(file) && !isOfPage(file));
  const expected = new Set();
  for (const file of sources) {
    if (file.endsWith(".ts")) {
      const name = file.slice(0, -".ts".length);
      for (const ending of [".js", ".d.ts"]) expected.add(name + ending);
      continue;
    }
    expected.add(file);
    const copy = join(paths.output, file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(paths.source, file), copy);
  }
  expected.add(writeWheel());
  const page = join("server", "page", "index.html");
  mkdirSync(join(paths.output, dirname(page)), { recursive: true });
  writeFileSync(join(paths.output, page), await pageText());
  expected.add(page);
  for (const file of await bundlePrograms()) expected.add(file);
  for (const file of filesUnder(paths.output)) {
    if (!expected.has(file)) rmSync(join(paths.output, file));
  }
  removeEmptyFolders(paths.output);
  chmodSync(join(paths.output, "cli", "main.js"), 0o755);
  writeFileSync(paths.buildStamp, fingerprint());
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
