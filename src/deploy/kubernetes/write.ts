import { version } from "../../system/index.js";
import { writeFiles } from "../writeFiles.js";
import { chart, manifests } from "./files.js";
import type { KubernetesOptions } from "./options.js";

/** Writes plain manifests or a chart; resolves with the changed files, relative to `folder`. */
export async function writeKubernetesFiles(
  options: KubernetesOptions,
  where: { folder: string; helm: boolean; overwrite: boolean },
): Promise<string[]> {
  const files = where.helm ? chart(options, version()) : manifests(options);
  return writeFiles(where.folder, where.overwrite, files);
}
