import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { FormworkError } from "../errors.js";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/** The codings of a body, for the header `Accept-Encoding` of a refusal. */
export const CODINGS = "gzip, deflate, br";

/**
 * The decoded bytes of a body in `coding`, the value of its `Content-Encoding`, piece by piece: whoever stops reading stops decoding, so a
 * small body that decodes to a large one costs no more than what is read of it. Undefined if it has none.
 * Throws `unsupported_media_type` for other codings, `invalid_request` if the bytes do not follow theirs, and what `pieces` throws.
 */
export function decompressed(
  pieces: AsyncIterable<Uint8Array>,
  coding: string | null,
): AsyncIterable<Uint8Array> | undefined {
  const name = (coding ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return undefined;
  if (!Object.hasOwn(DECODERS, name)) {
    throw new FormworkError(
      "unsupported_media_type",
      `The Content-Encoding ${name.slice(0, 64)} is not supported: send the body as it is, or in one of ${CODINGS}.`,
    );
  }
  return decodedBy(DECODERS[name](), pieces, name);
}

async function* decodedBy(
  decoder: Transform,
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const whole = pipeline(Readable.from(pieces, { objectMode: false }), decoder);
  whole.catch(() => {});
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    if (thrown instanceof FormworkError) throw thrown;
    throw new FormworkError("invalid_request", `The body is not what its Content-Encoding, ${name}, says.`, {
      cause: thrown,
    });
  } finally {
    decoder.destroy();
  }
}
