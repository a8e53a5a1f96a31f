import type { ServerOption } from "./option.js";

/**
 * Every option of a server. `ServerConfig`, its defaults, the flags of `formwork serve` and docs/server-options.md follow from
 * this table.
 */
export const SERVER_OPTIONS = {
  apiKeys: {
    kind: "list",
    flag: "--api-key <key>",
    key: "apiKey",
    isSecret: true,
    default: [],
    doc: "Ask callers for this bearer key; may be repeated. Without one the server is open. `/` and `/health` always are.",
  },
  corsOrigins: {
    kind: "list",
    flag: "--cors-origin <origin>",
    key: "corsOrigin",
    default: [],
    doc: "Let pages of this web origin call; * is all.",
  },
  allowedHosts: {
    kind: "list",
    flag: "--allowed-hosts <names>",
    default: [],
    doc: "Host names that requests may use; .example.com is all below it, * is any. By default any, but where only this machine reaches the server and there are no keys, the names of this machine.",
  },
  open: {
    kind: "boolean",
    flag: "--open",
    default: false,
    doc: "Let anybody who reaches the server use it, without a key.",
  },
  requestTimeoutMs: {
    kind: "integer",
    flag: "--request-timeout <seconds>",
    key: "requestTimeout",
    flagUnit: 1000,
    minimum: 1,
    default: 600_000,
    doc: "Time a generation may take, waiting included. Then it fails with `timeout`.",
  },
  bodyLimitBytes: {
    kind: "integer",
    flag: "--body-limit <bytes>",
    key: "bodyLimit",
    minimum: 1,
    default: 4 * 1024 * 1024,
    doc: "Size of a request's body.",
  },
  maxTokensLimit: {
    kind: "integer",
    flag: "--max-tokens-limit <count>",
    minimum: 1,
    default: 32_768,
    doc: "Largest `max_tokens` a request may ask for.",
  },
  drainMs: {
    kind: "integer",
    flag: "--drain-timeout <seconds>",
    key: "drainTimeout",
    flagUnit: 1000,
    minimum: 0,
    default: 30_000,
    doc: "Time that running requests get at shutdown.",
  },
  servedModelNames: {
    kind: "list",
    flag: "--served-model-name <name>",
    key: "servedModelName",
    default: [],
    doc: "A further name of the served model; may be repeated, * is any. `default` always is one.",
  },
  aliases: {
    kind: "list",
    flag: "--aliases <names>",
    default: ["ir_json", "text"],
    doc: "Further names under which an answer repeats `output`. The defaults are for clients of earlier services.",
  },
} as const satisfies Readonly<Record<string, ServerOption>>;

export type ServerOptionName = keyof typeof SERVER_OPTIONS;

/** The options by name, without the narrow types of their entries. */
export const SERVER_OPTION_ENTRIES = Object.entries(SERVER_OPTIONS) as [ServerOptionName, ServerOption][];
