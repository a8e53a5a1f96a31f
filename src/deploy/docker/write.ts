import { join } from "node:path";
import { preparePackage } from "../package.js";
import { writeFiles } from "../writeFiles.js";
import { compose, composeWithVllm, DOCKERIGNORE, dockerfile, PACKAGE_FOLDER } from "./files.js";
import type { ContainerOptions } from "./options.js";

export interface WriteOptions {
  folder: string;
  /** Write over files that differ. */
  overwrite: boolean;
  /** The package that goes into the image; this very Formwork when left out. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/** Everything that `docker compose up` needs. Resolves with the files written, by their path from the folder. */
export async function writeContainerFiles(options: ContainerOptions, where: WriteOptions): Promise<string[]> {
  const { folder, overwrite, packageFolder, signal } = where;
  const written = await writeFiles(folder, overwrite, {
    Dockerfile: dockerfile(options),
    ".dockerignore": DOCKERIGNORE,
    "compose.yaml": compose(options),
    "compose.vllm.yaml": composeWithVllm(options),
  });
  await preparePackage(join(folder, PACKAGE_FOLDER), {
    ...(packageFolder === undefined ? {} : { packageFolder }),
    ...(signal === undefined ? {} : { signal }),
  });
  return written;
}
