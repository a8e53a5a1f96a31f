// What an entry point weighs in a browser: bundled, minified, gzipped. Code that is loaded on demand does not count.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { paths } from "./project.mjs";

/** What is imported of which entry point, and what it may weigh, in bytes. */
export const LIMITS = [
  { entry: "client", names: ["createClient"], limit: 9_000 },
  { entry: "constraint", names: ["compileSchema", "Vocabulary"], limit: 98_000 },
];

/** Bytes that `import { names } from "formwork/ENTRY"` loads at first. */
export async function bundleBytes(entry, names) {
  const from = JSON.stringify(join(paths.output, entry, "index.js"));
  const bundle = await rolldown({
    input: "entry",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? id : null),
        load: (id) => (id === "entry" ? `export { ${names.join(", ")} } from ${from};` : null),
      },
    ],
    treeshake: { moduleSideEffects: false },
    platform: "browser",
    external: (id) => id.startsWith("node:"),
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const chunks = new Map(
    output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]),
  );
  const first = new Set();
  const add = (name) => {
    if (first.has(name) || !chunks.has(name)) return;
    first.add(name);
    for (const next of chunks.get(name).imports) add(next);
  };
  for (const [name, chunk] of chunks) if (chunk.isEntry) add(name);
  return [...first].reduce((sum, name) => sum + gzipSync(chunks.get(name).code, { level: 9 }).length, 0);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { entry, names, limit } of LIMITS) {
    const bytes = await bundleBytes(entry, names);
    console.log(`{ ${names.join(", ")} } of formwork/${entry}: ${bytes} bytes gzipped, limit ${limit}`);
    if (bytes > limit) process.exitCode = 1;
  }
}
