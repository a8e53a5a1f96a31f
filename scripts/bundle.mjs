// The programs that people, processes and threads start, as a few files each: hundreds of modules take Node a quarter of a
// second to find and read. The library's entry points stay as they are compiled.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { compilerFolder, paths } from "./project.mjs";

/** Compiled files that are started and that nothing imports. Each becomes the bundle that starts in its place. */
const PROGRAMS = [
  "cli/main",
  "engine/process/main",
  "engine/remote/grammar/worker",
  "engine/validate/worker",
  "constraint/service/worker",
  "runtime/builds/proof",
];

/** Where what the programs share lies, and what they load on demand. */
const CHUNKS = "program";

/** Replaces the programs in `dist` by bundles; returns the paths of the files written, from there. */
export async function bundlePrograms() {
  const { resolve } = createRequire(join(compilerFolder(), "node_modules", "bundle.js"));
  const { rolldown } = await import(pathToFileURL(resolve("rolldown")).href);
  const bundle = await rolldown({
    input: Object.fromEntries(PROGRAMS.map((name) => [name, join(paths.output, `${name}.js`)])),
    platform: "node",
    // No module of ours has side effects; packages may have, and some are imported for nothing else.
    treeshake: { moduleSideEffects: (_, isExternal) => isExternal },
    // Packages stay packages.
    external: (id) => !id.startsWith(".") && !id.startsWith(paths.output),
    plugins: [markPlaces],
  });
  const { output } = await bundle.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
    // Node reads all of a file before it runs any of it, and a third is comments.
    comments: false,
  });
  await bundle.close();
  return output.map(({ fileName, code }) => {
    const file = join(...fileName.split("/"));
    mkdirSync(join(paths.output, dirname(file)), { recursive: true });
    writeFileSync(join(paths.output, file), withoutBareImports(withPlaces(code, fileName)));
    return file;
  });
}

// Modules find files by their own place (`import.meta.url`), which stays that of the module, wherever its code goes.
const markPlaces = {
  name: "mark-places",
  transform(code, id) {
    if (!code.includes("import.meta.url")) return null;
    const own = relative(paths.output, id).split(sep).join("/");
    return { code: code.replaceAll("import.meta.url", `PLACE_OF(${JSON.stringify(own)})`) };
  },
};

function withPlaces(code, fileName) {
  return code.replace(/PLACE_OF\("([^"]+)"\)/g, (_, own) => {
    const path = posix.relative(posix.dirname(fileName), own);
    return `new URL(${JSON.stringify(path)}, import.meta.url).href`;
  });
}

/** Without chunks imported for nothing of theirs. No module of ours has side effects, and such a chunk may hold the HTTP server. */
function withoutBareImports(code) {
  return code.replace(/^import "\.[^"]*";\n/gm, "");
}
