import { version } from "../system/index.js";

/** What a server promises and where its limits are. */
export interface ServerConfig {
  /** Bearer keys that callers may use; empty leaves the server open. `/` and `/health` are always open. */
  apiKeys: readonly string[];
  /** Further names under which an answer repeats `output`, for clients of earlier services. */
  aliases: readonly string[];
  /** Web origins whose pages may call this server; `*` allows all. */
  corsOrigins: readonly string[];
  /** Bytes a request body may have. */
  bodyLimitBytes: number;
  /** Milliseconds from arrival until a generation fails with `timeout`. */
  requestTimeoutMs: number;
  /** The largest `max_tokens` a request may ask for. */
  maxTokensLimit: number;
  /** Milliseconds that running requests get to finish after `close`. */
  drainMs: number;
  /** Told by `/health` and `/openapi.json`. */
  version: string;
}

export const DEFAULT_SERVER_CONFIG: Omit<ServerConfig, "version"> = {
  apiKeys: [],
  aliases: ["ir_json", "text"],
  corsOrigins: [],
  bodyLimitBytes: 4 * 1024 * 1024,
  requestTimeoutMs: 600_000,
  maxTokensLimit: 32_768,
  drainMs: 30_000,
};

/** The defaults with `overrides` on top; an undefined override counts as absent. */
export function serverConfig(overrides: Partial<ServerConfig> = {}): ServerConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SERVER_CONFIG, version: version(), ...given };
}
