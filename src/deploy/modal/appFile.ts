import { readFile, writeFile } from "node:fs/promises";
import { FormworkError } from "../../errors.js";
import { unifiedDiff } from "../diff.js";

export type AppFileChoice = "ask" | "regenerate" | "keep";

export interface AppFileReport {
  path: string;
  /** `kept`: it differs from the result of the settings, as requested. */
  state: "new" | "unchanged" | "regenerated" | "kept";
  /** The differences in unified format; empty if there are none. */
  diff: string;
}

/**
 * Writes the app file. An existing file belongs to the user: if it differs from `text`, the user has to choose. `onDiff` receives the
 * difference before the file is changed. Throws `FormworkError("wrong_usage")` if a choice is required and none was made.
 */
export async function writeAppFile(
  path: string,
  text: string,
  choice: AppFileChoice,
  onDiff: (diff: string) => void,
): Promise<AppFileReport> {
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new FormworkError("wrong_usage", `${path} cannot be read: ${error.message}`, { cause: error });
  });
  if (before === text) return { path, state: "unchanged", diff: "" };
  if (before === undefined) {
    await writeFile(path, text);
    return { path, state: "new", diff: "" };
  }
  const diff = unifiedDiff(before, text, path);
  onDiff(diff);
  switch (choice) {
    case "keep":
      return { path, state: "kept", diff };
    case "regenerate":
      await writeFile(path, text);
      return { path, state: "regenerated", diff };
    case "ask":
      throw new FormworkError(
        "wrong_usage",
        `${path} is not what the present settings would give (the difference is above). It is your file: pass ` +
          "--regenerate to have it written again, or --keep to deploy it as it is.",
      );
  }
}
