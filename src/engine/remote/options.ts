import type { EngineLog } from "../options/index.js";

export interface RemoteEngineOptions {
  /** The model to ask for. Default: the first that the server lists. */
  model?: string | undefined;
  /** Sent as `Authorization: Bearer`. Default: the environment's `FORMWORK_ENGINE_KEY`. */
  apiKey?: string | undefined;
  /** A Modal proxy token. Default: the environment's `FORMWORK_MODAL_KEY` and `FORMWORK_MODAL_SECRET`. */
  modalKey?: string | undefined;
  modalSecret?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Further tries after an invalid answer. Default 2. */
  repairs?: number | undefined;
  /** Requests under way at once; more are refused with `queue_full`. Default 256. */
  maxRequests?: number | undefined;
  schemaInPrompt?: boolean | undefined;
  /** Milliseconds of a request that does not say itself. Default 600,000. */
  deadlineMs?: number | undefined;
  timeouts?: Partial<RemoteTimeouts> | undefined;
  /** Milliseconds that compiling one schema may take. Default 2000. */
  compileMs?: number | undefined;
  log?: EngineLog | undefined;
}

/** Milliseconds. */
export interface RemoteTimeouts {
  /** For a server that is not up yet: how long it is asked again. Default 600,000. */
  cold: number;
  /** For a server that was ready: how long refusals (`503`, `429`, no connection) are waited out. Default 30,000. */
  warm: number;
  /** From the request to the first piece of text, and from each piece to the next. Default 120,000. */
  silence: number;
  /** The first pause between two tries; each next one is twice as long, at most 10 s. Default 500. */
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
    compileMs: options.compileMs ?? 2_000,
    log: options.log ?? (() => {}),
  };
}
