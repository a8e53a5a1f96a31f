import { getPathNoStrict } from "hono/utils/url";

/**
 * The path of a request, as routes see it: without a slash at its end and without doubled ones, which clients write when they join a base
 * URL that ends in a slash with a path.
 */
export function requestPath(request: Request): string {
  return getPathNoStrict(request).replace(/\/{2,}/g, "/");
}

/** The route that a client most likely means by `path`: its base URL lacks `/v1`, or has it twice; undefined if there is none. */
export function meantPath(path: string, routes: readonly { path: string }[]): string | undefined {
  const candidates = [`/v1${path}`, path.replace(/^\/v1(?=\/)/, "")];
  return candidates.find(
    (candidate) => candidate !== path && routes.some((route) => route.path === candidate),
  );
}
