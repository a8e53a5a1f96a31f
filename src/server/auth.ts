import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { FormworkError } from "../errors.js";

/** Paths that need no key: the page and the health check. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/health"]);

/** Requires one of `keys` for all other paths, as a bearer token or in `x-api-key`; without keys, everything is open. */
export function requireKey(keys: readonly string[]): MiddlewareHandler {
  const digests = keys.map(digest);
  return async (context, next) => {
    if (digests.length > 0 && !OPEN_PATHS.has(context.req.path) && context.req.method !== "OPTIONS") {
      const bearer = /^Bearer +(\S+) *$/i.exec(context.req.header("authorization") ?? "")?.[1];
      // The header of Anthropic's clients.
      const given = bearer ?? context.req.header("x-api-key");
      if (given === undefined || !isOneOf(digest(given), digests)) {
        const complaint = given === undefined ? "Send a key" : "This key is not known here; send a valid one";
        throw new FormworkError("unauthorized", `${complaint}: \`Authorization: Bearer ...\`.`);
      }
    }
    await next();
  };
}

/** Compares all digests in any case, so that timing reveals nothing. */
function isOneOf(given: Buffer, digests: readonly Buffer[]): boolean {
  let found = false;
  for (const known of digests) found = timingSafeEqual(given, known) || found;
  return found;
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
