import { FormworkError } from "../errors.js";
import { version } from "../system/index.js";
import type { BodyLimits } from "./bodyBudget.js";
import {
  SERVER_OPTION_ENTRIES,
  type SERVER_OPTIONS,
  type ServerOptionName,
  type ServerOptionValue,
} from "./options/index.js";
import { isLoopback } from "./origin.js";

/** Configuration of a server. docs/server-options.md lists the options from the table. */
export type ServerConfig = {
  [Name in ServerOptionName]: ServerOptionValue<(typeof SERVER_OPTIONS)[Name]>;
} & {
  /** Maximum number of open requests with a body, and maximum total bytes of large bodies. */
  bodies: BodyLimits;
  /** Reported by `/health` and `/openapi.json`. */
  version: string;
};

/** The default configuration. */
export const DEFAULT_SERVER_CONFIG: Omit<ServerConfig, "version"> = {
  ...(Object.fromEntries(SERVER_OPTION_ENTRIES.map(([name, option]) => [name, option.default])) as Pick<
    ServerConfig,
    ServerOptionName
  >),
  bodies: { bodies: 1024, bytes: 64 * 1024 * 1024 },
};

/** The defaults with `overrides`; an undefined override counts as absent. */
export function serverConfig(overrides: Partial<ServerConfig> = {}): ServerConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SERVER_CONFIG, version: version(), ...given };
}

/** Throws `wrong_usage` for configurations that expose the server unintentionally. */
export function checkExposure({ apiKeys, open }: Pick<ServerConfig, "apiKeys" | "open">, host: string): void {
  if (apiKeys.some((key) => key.trim() === "")) {
    throw new FormworkError(
      "wrong_usage",
      "An API key is empty. Leave --api-key out for a server without keys.",
    );
  }
  if (apiKeys.length > 0 || open || isLoopback(host)) return;
  throw new FormworkError(
    "wrong_usage",
    `Other machines reach ${host}, and there is no key. Set --api-key, or --open to let anybody use the server.`,
  );
}
