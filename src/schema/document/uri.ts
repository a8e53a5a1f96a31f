interface UriParts {
  scheme: string | undefined;
  authority: string | undefined;
  path: string;
  query: string | undefined;
}

/** The part before `#`. */
export function withoutFragment(uri: string): string {
  const hash = uri.indexOf("#");
  return hash < 0 ? uri : uri.slice(0, hash);
}

/** The part after `#`, percent-decoded; undefined if there is no `#` or the encoding is malformed. */
export function fragmentOf(uri: string): string | undefined {
  const hash = uri.indexOf("#");
  if (hash < 0) return undefined;
  const fragment = uri.slice(hash + 1);
  if (!fragment.includes("%")) return fragment;
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

/**
 * Resolves `reference` against `base` (RFC 3986, section 5.2), without its fragment. The base may be empty or relative (a schema
 * without `$id`); the result may then be relative, too.
 */
export function resolveUri(base: string, reference: string): string {
  const target = withoutFragment(reference);
  if (target === "") return base;
  if (base === "") return target;
  const to = split(target);
  if (to.scheme !== undefined) return join({ ...to, path: withoutDots(to.path) });
  const from = split(base);
  if (to.authority !== undefined) return join({ ...to, scheme: from.scheme, path: withoutDots(to.path) });
  let path: string;
  let query = to.query;
  if (to.path === "") {
    path = from.path;
    query ??= from.query;
  } else if (to.path.startsWith("/")) {
    path = withoutDots(to.path);
  } else if (from.authority !== undefined && from.path === "") {
    path = withoutDots(`/${to.path}`);
  } else {
    path = withoutDots(from.path.slice(0, from.path.lastIndexOf("/") + 1) + to.path);
  }
  return join({ scheme: from.scheme, authority: from.authority, path, query });
}

function split(uri: string): UriParts {
  let rest = uri;
  let scheme: string | undefined;
  let authority: string | undefined;
  let query: string | undefined;
  const colon = rest.indexOf(":");
  if (colon > 0 && isScheme(rest, colon)) {
    scheme = rest.slice(0, colon).toLowerCase();
    rest = rest.slice(colon + 1);
  }
  const question = rest.indexOf("?");
  if (question >= 0) {
    query = rest.slice(question + 1);
    rest = rest.slice(0, question);
  }
  if (rest.startsWith("//")) {
    const slash = rest.indexOf("/", 2);
    const end = slash < 0 ? rest.length : slash;
    authority = rest.slice(2, end).toLowerCase();
    rest = rest.slice(end);
  }
  return { scheme, authority, path: rest, query };
}

/** Whether `text` up to `end` is a scheme: a letter, then letters, digits, `+`, `-`, `.`. */
function isScheme(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const lower = code | 32;
    if (lower >= 97 && lower <= 122) continue;
    const later = (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
    if (i === 0 || !later) return false;
  }
  return true;
}

function join(parts: UriParts): string {
  return (
    (parts.scheme === undefined ? "" : `${parts.scheme}:`) +
    (parts.authority === undefined ? "" : `//${parts.authority}`) +
    parts.path +
    (parts.query === undefined ? "" : `?${parts.query}`)
  );
}

/** Removes `.` and `..` from a path (RFC 3986, section 5.2.4). */
function withoutDots(path: string): string {
  if (!path.includes(".")) return path;
  const segments = path.split("/");
  const kept: string[] = [];
  const last = segments.length - 1;
  for (let i = 0; i <= last; i++) {
    const segment = segments[i];
    if (segment !== "." && segment !== "..") {
      kept.push(segment);
      continue;
    }
    // The empty first segment is the leading slash: `..` never goes above it.
    if (segment === ".." && kept.length > 0 && !(kept.length === 1 && kept[0] === "")) kept.pop();
    if (i === last) kept.push("");
  }
  return kept.join("/");
}
