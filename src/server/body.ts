import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { FormworkError } from "../errors.js";
import { isObjectPart, JsonDocument, RepeatedNameError } from "../json/index.js";
import { nextTurn } from "../system/index.js";
import { type BodyShare, SMALL_BODY_BYTES } from "./bodyBudget.js";
import { Fields } from "./bodyFields.js";
import { decompressed } from "./contentEncoding.js";
import type { AppEnvironment } from "./services.js";

/** Maximum nesting of a body; recursion over deeper values could crash the process. */
const MAX_NESTING = 1000;

/** Milliseconds, and bytes, for which the rest of an unread body is received, so that its sender gets to read the answer. */
const DROP_MS = 5000;
const DROPPED_BYTES = 64 * 1024 * 1024;

/** A body to read. */
export interface BodySource {
  request: Request;
  /** Node's request, if it came through a socket; reading that takes far less work. */
  incoming?: IncomingMessage | undefined;
  /** Counts the bytes as they come in. */
  share?: BodyShare | undefined;
}

/** The body of the request being answered. */
export function bodyOf(context: Context<AppEnvironment>): BodySource {
  // Without a socket, there is no environment at all.
  const incoming = (context.env as Partial<AppEnvironment["Bindings"]> | undefined)?.incoming;
  return { request: context.req.raw, incoming, share: context.get("body") };
}

/**
 * The request's body as a JSON object, whatever its `Content-Type` is. Numbers are not rounded, members are not reordered, and schemas
 * are not converted to values.
 * A body in a `Content-Encoding` is decoded; its limit is that of the decoded bytes.
 * Throws `body_too_large`, `queue_full`, `invalid_json`, `invalid_request`, `unsupported_media_type`, or `cancelled` if the client disconnected.
 */
export async function readBody(source: BodySource, limitBytes: number): Promise<Fields> {
  const { headers } = source.request;
  const coding = headers.get("content-encoding");
  const declared = Number(headers.get("content-length") ?? Number.NaN);
  if (declared > limitBytes) throw tooLarge(limitBytes);
  const sent = received(source, declared, limitBytes);
  const pieces = decompressed(sent, coding);
  const text = await decode(pieces === undefined ? sent : limited(pieces, limitBytes, source.share));
  if (text.trim() === "") throw new FormworkError("invalid_json", "The body is empty: send a JSON object.");
  const { root } = await parse(text);
  if (isObjectPart(root)) return new Fields(root);
  throw new FormworkError("invalid_request", "The body must be a JSON object.", { pointer: "" });
}

/** The bytes of the body: those of a small one at once, those of others as they arrive, each piece in its own turn. */
async function* received(
  { request, incoming, share }: BodySource,
  declared: number,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  try {
    if (declared <= SMALL_BODY_BYTES) {
      // The HTTP parser enforces the declared length.
      share?.take(declared);
      yield new Uint8Array(await request.arrayBuffer());
      return;
    }
    // The connection survives an error, which is answered on it.
    const pieces = incoming?.iterator({ destroyOnReturn: false }) ?? request.body ?? [];
    yield* limited(pieces, limitBytes, share);
  } catch (thrown) {
    if (thrown instanceof FormworkError) throw thrown;
    // Only the connection can fail here.
    throw new FormworkError("cancelled", "The client closed the connection while sending.", {
      cause: thrown,
    });
  }
}

/** `pieces`, each in its own turn, within the limit of a body and the budget of all. */
async function* limited(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limitBytes: number,
  share: BodyShare | undefined,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > limitBytes) throw tooLarge(limitBytes);
    share?.take(piece.length);
    // Meanwhile, no more than a piece is received from this client.
    await nextTurn();
    yield piece;
  }
}

/**
 * Decodes the text piece by piece. V8 stores strings decoded from a megabyte or more outside of its heap, where reading a character
 * takes about fifty times as long.
 */
async function decode(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for await (const piece of pieces) text += decoded(decoder, piece);
  return text + decoded(decoder);
}

function decoded(decoder: InstanceType<typeof TextDecoder>, piece?: Uint8Array): string {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new FormworkError("invalid_json", "The body is not UTF-8 text.", { cause });
  }
}

/**
 * Long bodies are checked piece by piece, so that other requests are answered in between. A member that is given more than once is
 * rejected wherever it is: which value counts would be a matter of the reader.
 */
async function parse(text: string): Promise<JsonDocument> {
  try {
    return await JsonDocument.readInTurns(text, nextTurn, { depth: MAX_NESTING, distinctNames: true });
  } catch (cause) {
    if (cause instanceof RepeatedNameError) {
      throw new FormworkError("invalid_request", cause.message, { pointer: cause.pointer, cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormworkError("invalid_json", `The body is not valid JSON: ${reason}`, { cause });
  }
}

/** Whether the body of a request is, or may be, so large that it arrives in pieces. */
export function isLarge({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > SMALL_BODY_BYTES;
}

/**
 * Receives and drops what is left of a body after its answer, piece by piece: a client that is still sending does not read before it has
 * finished, and closing the connection at once could destroy the answer. One that takes too long, or sends too much, is disconnected.
 */
export async function dropRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.readableEnded || incoming.destroyed) return;
  const timer = setTimeout(() => incoming.destroy(), DROP_MS).unref();
  try {
    let length = 0;
    for await (const piece of incoming) {
      length += (piece as Uint8Array).length;
      // Leaving disconnects the client.
      if (length > DROPPED_BYTES) break;
      await nextTurn();
    }
  } catch {
    // The client is gone.
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(limitBytes: number): FormworkError {
  return new FormworkError("body_too_large", `The body is larger than the limit of ${limitBytes} bytes.`);
}
