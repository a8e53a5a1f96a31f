import { FormworkError } from "../errors.js";
import { Fields, isObject } from "./fields.js";

/** Deeper values than this are no request of ours, and recursion over them could end the process. */
const MAX_NESTING = 1000;

/**
 * The request's body as a JSON object, whatever its `Content-Type` says.
 * Throws `body_too_large`, `invalid_json` or `invalid_request`.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Fields> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new FormworkError("invalid_request", "Send the body without a Content-Encoding.");
  }
  const text = decode(await readBytes(request, limitBytes));
  if (text.trim() === "") throw new FormworkError("invalid_json", "The body is empty: send a JSON object.");
  if (text.length > MAX_NESTING) refuseDeepNesting(text);
  const value = parse(text);
  if (!isObject(value)) throw new FormworkError("invalid_request", "The body must be a JSON object.");
  return new Fields(value);
}

async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new FormworkError("body_too_large", `The body is larger than the limit of ${limitBytes} bytes.`);
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    // The HTTP parser holds the sender to the length it declared.
    if (Number(declared) > limitBytes) throw tooLarge();
    return new Uint8Array(await request.arrayBuffer());
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormworkError("invalid_json", "The body is not UTF-8 text.", { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormworkError("invalid_json", `The body is not valid JSON: ${reason}.`, { cause });
  }
}

function refuseDeepNesting(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_NESTING) {
        throw new FormworkError("invalid_request", `The body is nested deeper than ${MAX_NESTING} levels.`);
      }
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}
