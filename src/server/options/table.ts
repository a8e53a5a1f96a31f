import type { ServerOption } from "./option.js";

/**
 * All options of a server. `ServerConfig`, its defaults, the flags of `formwork serve` and docs/server-options.md are derived from this
 * table.
 */
export const SERVER_OPTIONS = {
  apiKeys: {
    kind: "list",
    flag: "--api-key <key>",
    key: "apiKey",
    isSecret: true,
    default: [],
    doc: "API key that callers must send; may be repeated. Without one the server is open. `/` and `/health` always are.",
  },
  corsOrigins: {
    kind: "list",
    flag: "--cors-origin <origin>",
    key: "corsOrigin",
    default: [],
    doc: "Allow CORS requests from this origin; * for all.",
  },
  allowedHosts: {
    kind: "list",
    flag: "--allowed-hosts <names>",
    default: [],
    doc: "Host names accepted in the `Host` header; .example.com for its subdomains, * for any. By default any; without keys and on a loopback address, only the names of this machine.",
  },
  open: {
    kind: "boolean",
    flag: "--open",
    default: false,
    doc: "Let anybody who can reach the server use it without a key.",
  },
  requestTimeoutMs: {
    kind: "integer",
    flag: "--request-timeout <seconds>",
    key: "requestTimeout",
    flagUnit: 1000,
    minimum: 1,
    default: 600_000,
    doc: "Time limit of a request, queueing included; beyond it the request fails with `timeout`.",
  },
  bodyLimitBytes: {
    kind: "integer",
    flag: "--body-limit <bytes>",
    key: "bodyLimit",
    minimum: 1,
    default: 4 * 1024 * 1024,
    doc: "Maximum size of a request body.",
  },
  maxTokensLimit: {
    kind: "integer",
    flag: "--max-tokens-limit <count>",
    minimum: 1,
    default: 32_768,
    doc: "Largest `max_tokens` of a request; a larger one is rejected on `/generate` and lowered on the other surfaces.",
  },
  drainMs: {
    kind: "integer",
    flag: "--drain-timeout <seconds>",
    key: "drainTimeout",
    flagUnit: 1000,
    minimum: 0,
    default: 30_000,
    doc: "Grace period for running requests at shutdown.",
  },
  servedModelNames: {
    kind: "list",
    flag: "--served-model-name <name>",
    key: "servedModelName",
    default: [],
    doc: "Further name of the served model; may be repeated, * for any. `default` is always accepted.",
  },
  aliases: {
    kind: "list",
    flag: "--aliases <names>",
    default: ["ir_json", "text"],
    doc: "Members of an answer that repeat `output`, for clients of earlier services.",
  },
} as const satisfies Readonly<Record<string, ServerOption>>;

export type ServerOptionName = keyof typeof SERVER_OPTIONS;

/** The options by name, without the narrow types of their entries. */
export const SERVER_OPTION_ENTRIES = Object.entries(SERVER_OPTIONS) as [ServerOptionName, ServerOption][];
