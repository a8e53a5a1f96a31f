import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { MaskFigures, Results } from "../../../bench/index.js";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { text } from "../../config/setting.js";

export const command = defineCommand({
  operands: [
    {
      name: "file",
      description: "results.json, or lines that bench masks printed with --json",
      several: true,
    },
  ],
  settings: {
    "bench.page": text({
      flag: "--out <file>",
      description: "file to write the page to",
      fallback: "report.html",
    }),
  },
  examples: [
    [
      "bench report results/compare-*/results.json masks.ndjson --out report.html",
      "several results on one page",
    ],
  ],
  async run({ values, operands, terminal }) {
    const { renderPage } = await import("../../../bench/index.js");
    const all: Results[] = [];
    for (const path of operands) all.push(await readAny(resolve(terminal.workingFolder, path)));
    const page = resolve(terminal.workingFolder, values["bench.page"]);
    await writeFile(page, renderPage(all));
    terminal.stdout.write(`${page}\n`);
    return undefined;
  },
});

/** Results; lines of mask figures are converted to results. */
async function readAny(path: string): Promise<Results> {
  const { readResults, resultsFromMasks } = await import("../../../bench/index.js");
  const lines = await readFile(path, "utf8").then(
    (content) => content.split("\n").filter((line) => line.startsWith("{") && line.includes('"mask_us"')),
    (cause) => {
      throw new FormworkError("wrong_usage", `Cannot read ${path}: ${(cause as Error).message}`, { cause });
    },
  );
  const figures = lines
    .map((line) => JSON.parse(line) as MaskFigures & { peers?: MaskFigures[] })
    .flatMap(({ peers = [], ...ours }) => (ours.mask_us === undefined ? [] : [ours, ...peers]));
  if (figures.length === 0) return readResults(path);
  return resultsFromMasks(figures, "formwork bench masks");
}
