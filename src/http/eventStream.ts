/** A server-sent event: its name (default `message`) and its data, with joined lines. */
export interface ServerSentEvent {
  event: string;
  data: string;
}

/**
 * The events of a `text/event-stream` body, in order (WHATWG HTML, "Server-sent events"). As the specification requires, an event
 * truncated by the end of the body is dropped. Leaving the loop early cancels the body.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  let event = "";
  let data: string[] = [];
  let ended = false;
  try {
    while (!ended) {
      const chunk = await reader.read();
      ended = chunk.done;
      pending += chunk.done ? decoder.decode() : decoder.decode(chunk.value, { stream: true });
      // A carriage return at the end may be the first half of a line break, so it is kept for the next chunk.
      const lines = pending.split(ended ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
      pending = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event: event === "" ? "message" : event, data: data.join("\n") };
          event = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
        if (field === "data") data.push(value);
        else if (field === "event") event = value;
      }
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}
