// Who may import whom. `imports.json` is the table; this reads every import of `src` and reports each that the table does
// not allow. `--write` renews the copy of the table in docs/map.md; without it, a stale copy is an error.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { filesUnder, isForTests, paths } from "../project.mjs";

/**
 * The errors, one sentence each, that the imports of `files` (path from src -> text) make under `table`
 * (the content of imports.json).
 */
export function importErrors(table, files) {
  const errors = [];
  for (const [file, text] of files) {
    if (isForTests(file)) continue;
    const folder = folderOf(table, file);
    if (folder === undefined) {
      if (!table.shared.includes(file)) errors.push(`${file}: add its folder to imports.json.`);
      else if (importsOf(text).length > 0) errors.push(`${file} may import nothing.`);
      continue;
    }
    for (const specifier of importsOf(text)) {
      const error = specifier.startsWith(".")
        ? relativeError(table, folder, file, specifier)
        : nodeError(table, folder, specifier);
      if (error !== undefined) errors.push(`${file} imports ${specifier}: ${error}`);
    }
  }
  return errors;
}

function relativeError(table, folder, file, specifier) {
  const target = posix(normalize(join(dirname(file), specifier))).replace(/\.js$/, ".ts");
  if (table.shared.includes(target)) return undefined;
  const other = folderOf(table, target);
  if (other === undefined) return "it lies outside of every folder.";
  if (other === folder) return undefined;
  const allowed = table.folders[folder].imports;
  if (allowed !== "all" && !allowed.includes(other)) {
    return `${folder} may import only ${[...allowed, ...table.shared].join(", ")}.`;
  }
  const sameFolder = folder.split("/")[0] === other.split("/")[0];
  const isEntry = target === other || target.endsWith("/index.ts");
  return sameFolder || isEntry ? undefined : `import ${other}/index.js.`;
}

function nodeError(table, folder, specifier) {
  if (table.folders[folder].portable !== true || !specifier.startsWith("node:")) return undefined;
  return `${folder} also runs where there is no Node.`;
}

/** The folder with the longest name that `file` lies in. */
function folderOf(table, file) {
  return Object.keys(table.folders)
    .filter((folder) => file === folder || file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Every module that TypeScript source names: static, re-exported, dynamic, and in types. */
export function importsOf(text) {
  const found = new Set();
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (node.type === "TSImportType") found.add(node.source?.value ?? node.argument?.literal?.value);
    else if (/^(Import|Export)/.test(node.type) && typeof node.source?.value === "string")
      found.add(node.source.value);
    for (const value of Object.values(node)) visit(value);
  };
  visit(parseAst(text, { lang: "ts" }).body);
  return [...found];
}

/** The table in Markdown, as docs/map.md shows it. */
export function markdown(table) {
  const rows = Object.entries(table.folders).map(([folder, { holds, imports }]) => {
    const allowed = imports === "all" ? "all" : imports.map((name) => name.replace(/\.ts$/, "")).join(", ");
    return `| \`${folder}\` | ${holds} | ${allowed} |`;
  });
  return ["| folder | holds | may import |", "|---|---|---|", ...rows].join("\n");
}

const between = /(<!-- imports\.json -->\n)[\s\S]*?(\n<!-- \/imports\.json -->)/;

function main() {
  const table = JSON.parse(readFileSync(join(paths.root, "imports.json"), "utf8"));
  const sources = filesUnder(paths.source).filter((file) => file.endsWith(".ts"));
  const files = sources.map((file) => [posix(file), readFileSync(join(paths.source, file), "utf8")]);
  const errors = importErrors(table, files);
  const map = join(paths.root, "docs", "map.md");
  const written = readFileSync(map, "utf8");
  const renewed = written.replace(between, (_, start, end) => start + markdown(table) + end);
  if (process.argv.includes("--write")) writeFileSync(map, renewed);
  else if (renewed !== written)
    errors.push("docs/map.md: stale table; run node scripts/check/imports.mjs --write.");
  for (const error of errors) console.error(error);
  if (errors.length > 0) process.exitCode = 1;
}

function posix(path) {
  return path.split(sep).join("/");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
