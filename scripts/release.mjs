// `node scripts/release.mjs 1.2.3`: gives the checkout that version wherever one is written, closes the changelog's
// "Unreleased", commits and tags. Pushes nothing: the workflow `release.yml` tests and publishes what a pushed tag names.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { paths } from "./project.mjs";

const PLUGIN = "formwork_plugin";

/**
 * Files that name the version, and how each of them does. `VERSION` stands for it. Of the lock file only the first two: packages
 * that it lists may have the same version.
 */
const PLACES = [
  ["package.json", '"version": "VERSION"'],
  ["package.json", `python/${PLUGIN}-VERSION.dist-info`],
  ["package-lock.json", '"version": "VERSION"', 2],
  [`python/${PLUGIN}/__init__.py`, '__version__ = "VERSION"'],
  [`python/${PLUGIN}-VERSION.dist-info/METADATA`, "Version: VERSION"],
  ["docs/plugins.md", `${PLUGIN}-VERSION-py3-none-any.whl`],
  ["README.md", "formwork-VERSION.tgz"],
];

/**
 * What the files say once `from` has become `to`, by path. `read` returns a file's text. Throws where a file does not name
 * the version as it should, or the changelog has nothing to release.
 */
export function released(from, to, date, read) {
  const texts = new Map();
  for (const [place, pattern, times = Number.POSITIVE_INFINITY] of PLACES) {
    const path = place.replace("VERSION", from);
    let text = texts.get(path) ?? read(path);
    const [old, next] = [pattern.replace("VERSION", from), pattern.replace("VERSION", to)];
    if (!text.includes(old)) throw new Error(`${path} does not say ${old}.`);
    let count = 0;
    text = text.replaceAll(old, () => (count++ < times ? next : old));
    texts.set(path, text);
  }
  const changelog = read("CHANGELOG.md");
  const [, head, changes] = /^([\s\S]*?\n## \[Unreleased\]\n)([\s\S]*)$/.exec(changelog) ?? [];
  if (changes === undefined) throw new Error('CHANGELOG.md has no "## [Unreleased]".');
  if (!/^\s*###? /.test(changes) || /^\s*## /.test(changes)) throw new Error("Nothing is unreleased.");
  texts.set("CHANGELOG.md", `${head}\n## [${to}] - ${date}\n${changes}`);
  return texts;
}

function release(to) {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(to ?? "")) throw new Error("Name the version: 1.2.3.");
  const git = (...words) => execFileSync("git", words, { cwd: paths.root, encoding: "utf8" }).trim();
  if (git("status", "--porcelain") !== "") throw new Error("Commit what is changed first.");
  if (git("tag", "--list", `v${to}`) !== "") throw new Error(`${to} has been released.`);
  const read = (path) => readFileSync(join(paths.root, path), "utf8");
  const { version: from } = JSON.parse(read("package.json"));
  const date = new Date().toISOString().slice(0, 10);
  for (const [path, text] of released(from, to, date, read)) writeFileSync(join(paths.root, path), text);
  const python = join(paths.root, "python");
  const information = readdirSync(python).find((name) => name.endsWith(".dist-info"));
  if (from !== to) renameSync(join(python, information), join(python, `${PLUGIN}-${to}.dist-info`));
  git("add", "--all");
  git("commit", "--quiet", "--message", `Release ${to}`);
  git("tag", "--annotate", `v${to}`, "--message", `Formwork ${to}`);
  console.log(`Committed and tagged. Publish with: git push origin HEAD v${to}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    release(process.argv[2]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
