// What `npm start` costs on a fresh clone: clones HEAD, runs the program once with an empty npm cache, and prints the bytes
// that lie in node_modules and in npm's cache then. With `--tests`, the same for what tests need.
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paths } from "./project.mjs";

const MAX_BYTES = 150_000_000;
const withTests = process.argv.includes("--tests");
const folder = mkdtempSync(join(tmpdir(), "formwork-clone-"));
try {
  const clone = join(folder, "formwork");
  const cache = join(folder, "npm");
  execFileSync("git", ["clone", "--quiet", paths.root, clone]);
  const words = withTests ? ["ci", "--ignore-scripts"] : ["run", "--silent", "formwork", "--", "--version"];
  execFileSync("npm", [...words, "--cache", cache], {
    cwd: clone,
    env: { ...process.env, npm_config_cache: cache },
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  const packages = ["node_modules", "scripts/compiler/node_modules"].map((path) =>
    bytesBelow(join(clone, path)),
  );
  const installed = packages.reduce((sum, bytes) => sum + bytes, 0);
  console.log(JSON.stringify({ installed, fetched: bytesBelow(join(cache, "_cacache", "content-v2")) }));
  if (!withTests && installed > MAX_BYTES) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bytesBelow(path) {
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}
