import { resolve } from "node:path";
import { text } from "../../config/setting.js";
import type { Terminal } from "../../terminal/terminal.js";

/** Where baselines are kept. */
export const baselineSettings = {
  "bench.baselines": text({
    flag: "--dir <folder>",
    description: "where baselines are kept",
    fallback: "baselines",
  }),
};

export function baselineFolder(values: { readonly "bench.baselines": string }, terminal: Terminal): string {
  return resolve(terminal.workingFolder, values["bench.baselines"]);
}
