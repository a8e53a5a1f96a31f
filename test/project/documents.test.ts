import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const read = (page: string) => readFileSync(join(root, page), "utf8");

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`. */
function alternatives(path: string): string[] {
  const [whole, before, names, after] = /^(.*)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  return whole === undefined ? [path] : names.split(",").map((name) => before + name + after);
}

/** Whether there is a file or a folder of the name, whose last part may hold a star. */
function exists(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(root, path));
  const pattern = path.split("/").at(-1)!.replaceAll(".", "\\.").replaceAll("*", ".*");
  return readdirSync(join(root, dirname(path))).some((name) => new RegExp(`^${pattern}$`).test(name));
}

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).split("\n");

/** Whether a file of the tree ends with this path. */
function isModule(name: string): boolean {
  return files.some((file) => file === name || file.endsWith(`/${name}`));
}

/** Modules that documents name as examples, or that are made elsewhere. */
const FOREIGN = new Set(["modal_app.py", "x.ts", "x.test.ts"]);

describe.each(pages)("%s", (page) => {
  test("links to pages, files and headings that are there", () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path, anchor] = link.split("#");
      const file = path === "" ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("names files that are there", () => {
    const paths = [...read(page).matchAll(/(?<![\w/.@-])(?:src|scripts|docs|examples)\/[\w./*{},-]+/g)]
      .flatMap(([path]) => alternatives(path.replace(/[.,]+$/, "")))
      .filter((path) => !/[A-Z]{4}/.test(path));
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  test("names modules that are there", () => {
    if (page === "CHANGELOG.md") return;
    const named = [...read(page).matchAll(/`([\w./-]*\w\.(?:ts|mjs|py))`/g)].map(([, name]) => name);
    const missing = named
      .filter((name) => !FOREIGN.has(name) && !/[A-Z]{4}/.test(name))
      .filter((name) => !isModule(name));
    expect(missing).toEqual([]);
  });
});
