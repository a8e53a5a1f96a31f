/** The JSON value of `text`, or the text if it is not JSON. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The body of an error answer, as `parseBody` reads it; an empty text if the connection broke. */
export async function readErrorBody(response: Response): Promise<unknown> {
  return parseBody(await response.text().catch(() => ""));
}

/** `Retry-After` in seconds: a number of seconds or a date (RFC 9110, 10.2.3). */
export function readRetryAfter({ headers }: Response): number | undefined {
  const header = headers.get("retry-after");
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
