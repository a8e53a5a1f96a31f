import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FormworkError } from "../errors.js";

/**
 * The compiled file next to `here` that a process or a worker runs. If the sources run uncompiled (in tests), it is the one in
 * `dist`. Throws `internal` if there is no build.
 */
export function compiledEntry(here: string, file: string): string {
  const path = fileURLToPath(new URL(file, here));
  const compiled = here.endsWith(".ts")
    ? path.replace(/([\\/])src([\\/])(?!.*[\\/]src[\\/])/, "$1dist$2")
    : path;
  if (existsSync(compiled)) return compiled;
  throw new FormworkError("internal", `${compiled} is missing. Build first: npm run build.`);
}
