import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { FormworkError } from "../errors.js";

/** Settings that determine whether a browser's page may use this server. */
export interface OriginRules {
  /** Permitted web origins; `*` is all. The server's own page is always permitted. */
  corsOrigins: readonly string[];
  /** Permitted host names of requests; undefined: any. */
  hosts: ReadonlySet<string> | undefined;
}

/** Paths that do no work and need no protection. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/health"]);

/** Content types that a page may send to any server without a preflight request (Fetch, "CORS-safelisted"). */
const UNASKED_TYPES = /^(?:text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\b/i;

/**
 * Prevents pages of other origins from using a server that is only reachable for their reader: browsers send "simple" requests without a
 * preflight, and the work is done even if the page cannot read the answer. Also rejects foreign host names that resolve to this
 * machine (DNS rebinding), by which such a page would count as same-origin. Programs other than browsers send none of these
 * headers and are not affected.
 */
export function guardOrigin({ corsOrigins, hosts }: OriginRules): MiddlewareHandler {
  return async (context, next) => {
    const header = (name: string) => context.req.header(name);
    if (context.req.method === "OPTIONS") return next();
    const host = header("host");
    if (host !== undefined && hosts !== undefined && !isKnownHost(host, hosts)) {
      throw new FormworkError(
        "forbidden",
        "This server is not known by the host name in the request. Start it with --allowed-hosts to add the name.",
      );
    }
    if (OPEN_PATHS.has(context.req.path)) return next();
    const origin = header("origin");
    const site = header("sec-fetch-site");
    if (isForeign(origin, site, host) && !isListed(origin, corsOrigins)) {
      throw new FormworkError(
        "forbidden",
        "Pages of other origins may not call this server. Start it with --cors-origin to let one in.",
      );
    }
    const fromBrowser = origin !== undefined || site !== undefined;
    if (fromBrowser && UNASKED_TYPES.test(header("content-type") ?? "")) {
      throw new FormworkError("unsupported_media_type", "Send the body as `Content-Type: application/json`.");
    }
    return next();
  };
}

/** The permitted host names of a server that listens on `host`: for a loopback address those of this machine, otherwise any. */
export function knownHosts(
  host: string,
  allowedHosts: readonly string[],
  hasKeys: boolean,
): OriginRules["hosts"] {
  if (allowedHosts.includes("*")) return undefined;
  if (allowedHosts.length > 0)
    return new Set([...allowedHosts.map((name) => name.toLowerCase()), "localhost"]);
  // A rebound page has no key, and public addresses are used through proxies with other names.
  return isLoopback(host) && !hasKeys ? new Set(["localhost", host.toLowerCase()]) : undefined;
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Addresses cannot be rebound; names must be permitted, where `.example.com` permits all subdomains. */
function isKnownHost(host: string, hosts: ReadonlySet<string>): boolean {
  const name = hostName(host);
  if (isIP(name) !== 0 || name.endsWith(".localhost") || hosts.has(name)) return true;
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    if (hosts.has(name.slice(dot))) return true;
  }
  return false;
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, "")).toLowerCase();
}

function isForeign(origin: string | undefined, site: string | undefined, host: string | undefined): boolean {
  // Current browsers report it; `none` means that a person entered the address.
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return origin !== undefined && (host === undefined || !sameHost(origin, host));
}

function sameHost(origin: string, host: string): boolean {
  const separator = origin.indexOf("://");
  return separator > 0 && origin.slice(separator + 3).toLowerCase() === host.toLowerCase();
}

function isListed(origin: string | undefined, corsOrigins: readonly string[]): boolean {
  return corsOrigins.includes("*") || (origin !== undefined && corsOrigins.includes(origin));
}
