import type { EngineLog } from "../options/index.js";

export interface RemoteEngineOptions {
  /** The model to request. Default: the first that the server lists. */
  model?: string | undefined;
  /** Sent as `Authorization: Bearer`. Default: the environment's `FORMWORK_ENGINE_KEY`. */
  apiKey?: string | undefined;
  /** A Modal proxy token. Default: the environment's `FORMWORK_MODAL_KEY` and `FORMWORK_MODAL_SECRET`. */
  modalKey?: string | undefined;
  modalSecret?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Retries after an invalid answer. Default 2. */
  repairs?: number | undefined;
  /** Maximum concurrent requests; more are rejected with `queue_full`. Default 256. */
  maxRequests?: number | undefined;
  schemaInPrompt?: boolean | undefined;
  /** Default time limit of a request in milliseconds. Default 600,000. */
  deadlineMs?: number | undefined;
  timeouts?: Partial<RemoteTimeouts> | undefined;
  /** Maximum time of compiling a schema in milliseconds, a last resort: counted work decides first. Default 20,000. */
  compileMs?: number | undefined;
  log?: EngineLog | undefined;
}

/** Milliseconds. */
export interface RemoteTimeouts {
  /** How long a server that is not up yet is retried. Default 600,000. */
  cold: number;
  /** How long a server that was ready is retried after `503`, `429` or a failed connection. Default 30,000. */
  warm: number;
  /** Maximum time from the request to the first piece of text, and between pieces. Default 120,000. */
  silence: number;
  /** The first pause before a retry, doubled for each further one, up to 10 s. Default 500. */
  firstPause: number;
}

export interface RemoteSettings {
  model: string | undefined;
  headers: Record<string, string>;
  repairs: number;
  maxRequests: number;
  schemaInPrompt: boolean;
  deadlineMs: number;
  timeouts: RemoteTimeouts;
  compileMs: number;
  log: EngineLog;
}

/** Options with every default in place. */
export function normaliseRemote(options: RemoteEngineOptions): RemoteSettings {
  const { env } = process;
  const apiKey = options.apiKey ?? env.FORMWORK_ENGINE_KEY;
  const modalKey = options.modalKey ?? env.FORMWORK_MODAL_KEY;
  const modalSecret = options.modalSecret ?? env.FORMWORK_MODAL_SECRET;
  return {
    model: options.model,
    headers: {
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
      ...(modalKey ? { "modal-key": modalKey } : {}),
      ...(modalSecret ? { "modal-secret": modalSecret } : {}),
      ...options.headers,
    },
    repairs: options.repairs ?? 2,
    maxRequests: options.maxRequests ?? 256,
    schemaInPrompt: options.schemaInPrompt ?? true,
    deadlineMs: options.deadlineMs ?? 600_000,
    timeouts: { cold: 600_000, warm: 30_000, silence: 120_000, firstPause: 500, ...options.timeouts },
    compileMs: options.compileMs ?? 20_000,
    log: options.log ?? (() => {}),
  };
}
