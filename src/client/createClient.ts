import { patientFetch } from "../http/index.js";
import { toAnswer, toChatAnswer } from "./answer.js";
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
import { callOptions, toBody, toChatBody } from "./requestBody.js";
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
   * Id of a conversation, sent as `Modal-Session-ID`. Modal, or a proxy that hashes the header, routes all its requests to the
   * same replica, whose cache has the beginning of the conversation.
   */
  sessionId?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Full URL of `/health`, if another server answers it (on Modal, one that does not start a GPU). */
  healthUrl?: string | undefined;
  /** Overrides of the default limits. */
  timeouts?: Partial<ClientTimeouts> | undefined;
  /** Overrides of the default retries. */
  retries?: Partial<ClientRetries> | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Limits in milliseconds. A whole answer must arrive within the limit; a stream must not pause for longer. */
export interface ClientTimeouts {
  /** While the model is not loaded, from the start of the call. Default 600,000. */
  cold: number;
  /** While the model is loaded. Default 30,000. */
  warm: number;
  /** For `/health` and `/ready`. Default 10,000. */
  health: number;
}

/** How often a call is retried if nothing can have been generated yet. */
export interface ClientRetries {
  /** Retries after failed connections. Default 3. */
  connect: number;
  /** Milliseconds before the first retry, doubled for each further one. Default 500. */
  firstPause: number;
  /** Maximum pause before a retry in milliseconds, unless `Retry-After` requires a longer one. Default 10,000. */
  maxPause: number;
  /** Maximum number of redirects. Default 20, about 50 minutes on Modal. */
  redirects: number;
}

/** How long the server is considered warm after an answer: deployments scale down after 120 s at the earliest. */
const WARMTH_MS = 60_000;

/** Creates a client of the Formwork server at `baseUrl`; sends nothing yet. Throws `ClientError("wrong_usage")`. */
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
      fetch: options.fetch ?? patientFetch(),
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

/** Creates a client that uses `connection`. */
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
