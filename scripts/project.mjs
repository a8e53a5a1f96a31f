// Where things are in this project, and whether what is made from them is up to date. Node's own modules only:
// this runs before anything is installed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export const paths = {
  root,
  source: join(root, "src"),
  output: join(root, "dist"),
  compiler: join(root, "scripts", "compiler"),
  reference: join(root, "scripts", "reference"),
  buildStamp: join(root, "dist", ".built-from"),
  program: join(root, "dist", "cli", "main.js"),
};

/** What the package exports, by package.json: the name of each entry point, and its source. */
export function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([, files]) => typeof files === "object")
    .map(([name, { default: file }]) => ({
      name,
      source: join(root, file.replace("./dist/", "src/").replace(/\.js$/, ".ts")),
    }));
}

/** Where TypeScript is: with the tests, or alone. */
export function compilerFolder() {
  return existsSync(join(root, "node_modules", "typescript")) ? root : paths.compiler;
}

/**
 * Whether what the lock file of `folder` asks for is what lies in its node_modules, by npm's own note of what it put
 * there. `withTests` counts what only tests need.
 */
export function isInstalled(folder, withTests) {
  const note = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(note)) return false;
  const installed = packagesOf(note);
  return Object.entries(packagesOf(join(folder, "package-lock.json"))).every(([place, wanted]) => {
    if (place === "" || (wanted.dev === true && !withTests)) return true;
    const found = installed[place];
    // Packages for other platforms are left out.
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/** Whether dist was made from the sources as they are. */
export function isBuilt() {
  return existsSync(paths.buildStamp) && readFileSync(paths.buildStamp, "utf8") === fingerprint();
}

/** Changes whenever a source, the compiler or its settings do. */
export function fingerprint() {
  const hash = createHash("sha256");
  const settings = [
    "tsconfig.json",
    "tsconfig.build.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/bundle.mjs",
    "scripts/page.mjs",
    "scripts/wheel.mjs",
  ];
  const sources = filesUnder(paths.source)
    .filter((file) => !isForTests(file))
    .map((file) => join("src", file));
  const python = filesUnder(join(root, "python"))
    .filter((file) => !file.includes("cache") && !file.startsWith("tests"))
    .map((file) => join("python", file));
  for (const file of [...settings, ...sources, ...python]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** All files under `folder`, by their path from there, sorted. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== ".built-from")
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** What stands beside the sources for tests alone. */
export function isForTests(file) {
  const folders = file.split(sep).slice(0, -1);
  return file.endsWith(".test.ts") || folders.includes("testing") || folders.includes("fixtures");
}

/** What runs in browsers as part of the page: it is bundled and not compiled file by file. */
export function isOfPage(file) {
  return file.startsWith(join("server", "page") + sep);
}
