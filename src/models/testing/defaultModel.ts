import { resolveModel } from "../resolve.js";

let path: Promise<string> | undefined;

/** The default model's file for tests: from the cache, or downloaded into it the first time. */
export function defaultModelPath(): Promise<string> {
  path ??= resolveModel().then((model) => model.path);
  return path;
}
