// The page that the server shows, as one file: markup, style, and the browser's code with the libraries it uses. In one
// file, a policy can name all that may run by its hash.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compilerFolder, paths } from "./project.mjs";

const folder = join(paths.source, "server", "page");

/** In the order in which they count. */
const STYLES = ["base", "form", "answer", "narrow"];

/** The text of the page. */
export async function pageText() {
  const script = await bundled(join(folder, "main.ts"));
  const style = STYLES.map((name) => readFileSync(join(folder, "style", `${name}.css`), "utf8")).join("");
  const parts = { style: `<style>${style}</style>`, script: `<script type="module">${script}</script>` };
  return readFileSync(join(folder, "index.html"), "utf8").replace(
    /<!-- (style|script) -->/g,
    (_, name) => parts[name],
  );
}

async function bundled(entry) {
  const packages = join(compilerFolder(), "node_modules");
  const { resolve } = createRequire(join(packages, "page.js"));
  const { rolldown } = await import(pathToFileURL(resolve("rolldown")).href);
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    resolve: { modules: ["node_modules", packages] },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  const { code, imports } = output[0];
  if (imports.length > 0) throw new Error(`The page needs ${imports.join(", ")}. Run npm ci.`);
  if (/<\/script|<!--/i.test(code))
    throw new Error("The page's code holds what would end it inside of HTML.");
  return code;
}
