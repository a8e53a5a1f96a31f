import { FormworkError } from "../errors.js";
import { version } from "../system/index.js";
import type { BodyLimits } from "./bodyBudget.js";
import { isLoopback } from "./origin.js";

/** What a server promises and where its limits are. */
export interface ServerConfig {
  /** Bearer keys that callers may use; empty leaves the server open. `/` and `/health` are always open. */
  apiKeys: readonly string[];
  /** Further names under which an answer repeats `output`, for clients of earlier services. */
  aliases: readonly string[];
  /** Web origins whose pages may call this server; `*` allows all. */
  corsOrigins: readonly string[];
  /**
   * Host names that requests may use; `.example.com` is all names below it, `*` any name. Empty: where only this machine
   * reaches the server and there are no keys, the names of this machine, otherwise any.
   */
  allowedHosts: readonly string[];
  /** Whether a server that other machines reach may do without keys. */
  open: boolean;
  /** Bytes a request body may have. */
  bodyLimitBytes: number;
  /** Requests with a body that may be open at one time, and the bytes that large bodies may take together. */
  bodies: BodyLimits;
  /** Milliseconds from arrival until a generation fails with `timeout`. */
  requestTimeoutMs: number;
  /** The largest `max_tokens` a request may ask for. */
  maxTokensLimit: number;
  /** Further names under which the served model may be asked for; `*` is any. `default` is always one. */
  servedModelNames: readonly string[];
  /** Milliseconds that running requests get to finish after `close`. */
  drainMs: number;
  /** Told by `/health` and `/openapi.json`. */
  version: string;
}

/** What holds where a setting is left out. */
export const DEFAULT_SERVER_CONFIG: Omit<ServerConfig, "version"> = {
  apiKeys: [],
  aliases: ["ir_json", "text"],
  corsOrigins: [],
  allowedHosts: [],
  open: false,
  bodyLimitBytes: 4 * 1024 * 1024,
  bodies: { bodies: 1024, bytes: 64 * 1024 * 1024 },
  requestTimeoutMs: 600_000,
  maxTokensLimit: 32_768,
  servedModelNames: [],
  drainMs: 30_000,
};

/** The defaults with `overrides` on top; an undefined override counts as absent. */
export function serverConfig(overrides: Partial<ServerConfig> = {}): ServerConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SERVER_CONFIG, version: version(), ...given };
}

/** Throws `wrong_usage` where the server would be open to more than its owner may think. */
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
