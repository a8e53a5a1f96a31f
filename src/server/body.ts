import { setImmediate as turn } from "node:timers/promises";
import { FormworkError } from "../errors.js";
import { isObjectPart, JsonDocument } from "../json/index.js";
import { type BodyShare, SMALL_BODY_BYTES } from "./bodyBudget.js";
import { Fields } from "./bodyFields.js";

/** Maximum nesting of a body; recursion over deeper values could crash the process. */
const MAX_NESTING = 1000;

/** Bytes of a body decoded at once. */
const DECODED_AT_ONCE = 256 * 1024;

/**
 * The request's body as a JSON object, whatever its `Content-Type` is. Numbers are not rounded, members are not reordered, and schemas
 * are not converted to values.
 * `share` counts its bytes as they come in.
 * Throws `body_too_large`, `queue_full`, `invalid_json`, `invalid_request`, or `cancelled` if the client disconnected.
 */
export async function readBody(request: Request, limitBytes: number, share?: BodyShare): Promise<Fields> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new FormworkError("invalid_request", "Send the body without a Content-Encoding.");
  }
  const text = await decode(await readBytes(request, limitBytes, share));
  if (text.trim() === "") throw new FormworkError("invalid_json", "The body is empty: send a JSON object.");
  const { root } = await parse(text);
  if (isObjectPart(root)) return new Fields(root);
  throw new FormworkError("invalid_request", "The body must be a JSON object.", { pointer: "" });
}

async function readBytes(request: Request, limitBytes: number, share?: BodyShare): Promise<Uint8Array> {
  const tooLarge = () =>
    new FormworkError("body_too_large", `The body is larger than the limit of ${limitBytes} bytes.`);
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > limitBytes) throw tooLarge();
  try {
    if (declared <= SMALL_BODY_BYTES) {
      // The HTTP parser enforces the declared length.
      share?.take(declared);
      return new Uint8Array(await request.arrayBuffer());
    }
    if (request.body === null) return new Uint8Array();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of request.body) {
      length += chunk.length;
      if (length > limitBytes) throw tooLarge();
      share?.take(chunk.length);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  } catch (thrown) {
    if (thrown instanceof FormworkError) throw thrown;
    // Only the connection can fail here.
    throw new FormworkError("cancelled", "The client closed the connection while sending.", {
      cause: thrown,
    });
  }
}

/**
 * Decodes the text piece by piece. V8 stores strings decoded from a megabyte or more outside of its heap, where reading a character
 * takes about fifty times as long.
 */
async function decode(bytes: Uint8Array): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    let text = "";
    for (let at = 0; at < bytes.length; at += DECODED_AT_ONCE) {
      if (at > 0) await turn();
      text += decoder.decode(bytes.subarray(at, at + DECODED_AT_ONCE), { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    throw new FormworkError("invalid_json", "The body is not UTF-8 text.", { cause });
  }
}

/** Long bodies are checked piece by piece, so that other requests are answered in between. */
async function parse(text: string): Promise<JsonDocument> {
  try {
    return await JsonDocument.readInTurns(text, turn, { depth: MAX_NESTING });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormworkError("invalid_json", `The body is not valid JSON: ${reason}`, { cause });
  }
}
