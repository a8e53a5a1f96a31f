import { toAnswer, toChatAnswer } from "./answer.js";
import { callOptions, toBody, toChatBody } from "./body.js";
import type {
  Answer,
  ChatAnswer,
  ChatOptions,
  ChatOutputOf,
  ChatStream,
  Client,
  DocumentStream,
  GenerateOptions,
} from "./client.js";
import type { Connection } from "./connection.js";
import { ClientError } from "./errors.js";
import { HttpConnection } from "./httpConnection.js";
import { type OutputOf, prepareSchema, type SchemaInput } from "./schema/prepare.js";
import { EventChatStream, EventDocumentStream } from "./streams.js";

/** Where the server is, and how to call it. */
export interface ClientOptions {
  /** `http://127.0.0.1:8080`, `https://name--app.modal.run`, ... */
  baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string | undefined;
  /** The first half of a Modal proxy token, `wk-...`. */
  modalKey?: string | undefined;
  /** The second half, `ws-...`. */
  modalSecret?: string | undefined;
  /**
   * One conversation, sent as `Modal-Session-ID`: Modal, and a proxy that hashes the header, send its requests to the
   * replica that has read its beginning already.
   */
  sessionId?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The whole address of `/health`, where another server answers it (on Modal, one that wakes no GPU). */
  healthUrl?: string | undefined;
  /** Limits other than the defaults. */
  timeouts?: Partial<ClientTimeouts> | undefined;
  /** Retries other than the defaults. */
  retries?: Partial<ClientRetries> | undefined;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Milliseconds. A whole answer must arrive within the limit; a stream must not fall silent for longer. */
export interface ClientTimeouts {
  /** While the model is not loaded, from the start of the call. Default 600,000. */
  cold: number;
  /** When it is. Default 30,000. */
  warm: number;
  /** `/health` and `/ready`. Default 10,000. */
  health: number;
}

/** How often a call is tried again where nothing can have been generated yet. */
export interface ClientRetries {
  /** Further tries after connections that could not be made. Default 3. */
  connect: number;
  /** Milliseconds before the first further try; then twice as long each time. Default 500. */
  firstPause: number;
  /** Milliseconds between two tries at most, unless `Retry-After` asks for more. Default 10,000. */
  maxPause: number;
  /** Redirects followed. Default 20, which on Modal is about 50 minutes. */
  redirects: number;
}

/** How long an answer proves the server warm: the shortest time after which a deployment scales down is 120 s. */
const WARMTH_MS = 60_000;

/** A client of the Formwork server at `baseUrl`. Nothing is sent yet. Throws `ClientError("wrong_usage")`. */
export function createClient(options: ClientOptions): Client {
  const baseUrl = normaliseUrl(options.baseUrl, "baseUrl");
  if ((options.modalKey === undefined) !== (options.modalSecret === undefined)) {
    throw new ClientError(
      "wrong_usage",
      "A Modal proxy token has two halves: pass modalKey and modalSecret.",
    );
  }
  return clientOver(
    new HttpConnection({
      baseUrl,
      healthUrl:
        options.healthUrl === undefined ? `${baseUrl}/health` : normaliseUrl(options.healthUrl, "healthUrl"),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      headers: {
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        ...(options.modalKey === undefined ? {} : { "modal-key": options.modalKey }),
        ...(options.modalSecret === undefined ? {} : { "modal-secret": options.modalSecret }),
        ...(options.sessionId === undefined ? {} : { "modal-session-id": options.sessionId }),
        ...options.headers,
      },
      coldMs: options.timeouts?.cold ?? 600_000,
      warmMs: options.timeouts?.warm ?? 30_000,
      healthMs: options.timeouts?.health ?? 10_000,
      warmthMs: WARMTH_MS,
      connectRetries: options.retries?.connect ?? 3,
      firstPauseMs: options.retries?.firstPause ?? 500,
      maxPauseMs: options.retries?.maxPause ?? 10_000,
      maxRedirects: options.retries?.redirects ?? 20,
    }),
  );
}

/** A client that speaks through `connection`. */
export function clientOver(connection: Connection): Client {
  return {
    connection,
    async generate<const Schema extends SchemaInput>(
      options: GenerateOptions<Schema>,
    ): Promise<Answer<OutputOf<Schema>>> {
      const schema = prepareSchema(options.schema);
      const answer = await connection.generate(toBody(options, schema), callOptions(options));
      return await toAnswer<OutputOf<Schema>>(answer, schema, options.bigints);
    },
    stream<const Schema extends SchemaInput>(
      options: GenerateOptions<Schema>,
    ): DocumentStream<OutputOf<Schema>> {
      const schema = prepareSchema(options.schema);
      const events = connection.stream(toBody(options, schema), callOptions(options));
      return new EventDocumentStream<OutputOf<Schema>>(
        events,
        (answer) => toAnswer(answer, schema, options.bigints),
        options.bigints,
      );
    },
    async chat<const Schema extends SchemaInput | undefined>(
      options: ChatOptions<Schema>,
    ): Promise<ChatAnswer<ChatOutputOf<Schema>>> {
      const schema = options.schema === undefined ? undefined : prepareSchema(options.schema);
      const answer = await connection.generate(toChatBody(options, schema), callOptions(options));
      return await toChatAnswer(answer, schema, options.bigints);
    },
    streamChat<const Schema extends SchemaInput | undefined>(
      options: ChatOptions<Schema>,
    ): ChatStream<ChatOutputOf<Schema>> {
      const schema = options.schema === undefined ? undefined : prepareSchema(options.schema);
      const events = connection.stream(toChatBody(options, schema), callOptions(options));
      return new EventChatStream(events, (answer) => toChatAnswer(answer, schema, options.bigints));
    },
    warmup: ({ wait = true, ...call } = {}) => connection.warmup(wait, call),
    health: (call = {}) => connection.health(call),
    ready: (call = {}) => connection.ready(call),
  };
}

function normaliseUrl(url: string, name: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new ClientError("wrong_usage", `${name} is not a URL: ${url}`, { cause });
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new ClientError("wrong_usage", `${name} must start with http:// or https://: ${url}`);
  }
  return url.replace(/\/+$/, "");
}
