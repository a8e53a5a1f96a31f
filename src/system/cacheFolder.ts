import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of all of Formwork's caches: `FORMWORK_CACHE`, or a folder in the platform's cache folder. */
export function cacheFolder(environment: Environment = process.env): string {
  const own = environment.FORMWORK_CACHE;
  if (own !== undefined && own !== "") return own;
  const xdg = environment.XDG_CACHE_HOME;
  if (xdg !== undefined && xdg !== "") return join(xdg, "formwork");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "formwork");
  if (process.platform === "win32") {
    return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "formwork", "cache");
  }
  return join(homedir(), ".cache", "formwork");
}
