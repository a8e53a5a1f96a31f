import type { ModelProgress } from "../models/index.js";
import { text } from "./config/setting.js";
import type { ProgressLine } from "./terminal/progress.js";
import type { Terminal } from "./terminal/terminal.js";

/** The cache folder. */
export const cacheSettings = {
  cache: text({
    flag: "--cache <folder>",
    description: "cache folder of models, repacked weights and built backends; that of the user by default",
    isPath: true,
  }),
};

/** The environment variables for `models`, with the given cache folder. */
export function modelEnvironment(
  terminal: Terminal,
  cache: string | undefined,
): Readonly<Record<string, string | undefined>> {
  return cache === undefined ? terminal.environment : { ...terminal.environment, FORMWORK_CACHE: cache };
}

/** Shows the progress of a download. */
export function showDownload(
  line: ProgressLine,
  name: string,
  { stage, bytes, total, from }: ModelProgress,
): void {
  const doing = {
    wait: "waits for another process that fetches it",
    hub: `from ${from}`,
    package: `from ${from}`,
    verify: "checking",
  }[stage];
  line.update(`${name} ${doing} ${megabytes(bytes)}`, total === undefined ? undefined : bytes / total);
}

/** `98.4 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
