import { join } from "node:path";
import { preparePackage } from "../package.js";
import { writeFiles } from "../writeFiles.js";
import { compose, composeWithVllm, DOCKERIGNORE, dockerfile, PACKAGE_FOLDER } from "./files.js";
import type { ContainerOptions } from "./options.js";

export interface WriteOptions {
  folder: string;
  /** Whether to overwrite files that differ. */
  overwrite: boolean;
  /** The package for the image. Default: this Formwork. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/** Writes everything that `docker compose up` needs. Resolves with the written files, relative to the folder. */
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
