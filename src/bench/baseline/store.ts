import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import { type Results, readResults } from "../results.js";

/** Baselines are named results in one folder, to be versioned with the code. */
export async function saveBaseline(folder: string, name: string, results: Results): Promise<string> {
  if (!results.complete) {
    throw new FormworkError(
      "wrong_usage",
      "An interrupted run makes no baseline: finish it with --resume first.",
    );
  }
  await mkdir(folder, { recursive: true });
  const path = baselinePath(folder, name);
  await writeFile(path, `${JSON.stringify(results)}\n`);
  return path;
}

export function readBaseline(folder: string, name: string): Promise<Results> {
  return readResults(baselinePath(folder, name));
}

export interface BaselineEntry {
  name: string;
  title: string;
  created: string;
  revision: string | null;
  targets: string[];
  samples: number;
}

/** The baselines of a folder by name; none if the folder does not exist. */
export async function listBaselines(folder: string): Promise<BaselineEntry[]> {
  const files = await readdir(folder).catch(() => []);
  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
  return Promise.all(
    names.sort().map(async (name) => {
      const { title, created, environment, targets, samples } = await readBaseline(folder, name);
      return {
        name,
        title,
        created,
        revision: environment.revision,
        targets: targets.map((target) => target.name),
        samples: samples.length,
      };
    }),
  );
}

function baselinePath(folder: string, name: string): string {
  if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) {
    throw new FormworkError(
      "wrong_usage",
      `${JSON.stringify(name)} is not a name: use letters, digits, - _ and . only.`,
    );
  }
  return join(folder, `${name}.json`);
}
