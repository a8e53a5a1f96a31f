/** One server-sent event: its name (`message` where none was given) and its data, lines joined. */
export interface ServerSentEvent {
  event: string;
  data: string;
}

/**
 * The events of a `text/event-stream` body, in order (WHATWG HTML, "Server-sent events"). An event that the end of
 * the body cuts off is dropped, as the specification asks. Leaving the loop early cancels the body.
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
      // A carriage return at the very end may be the first half of a line break: it waits for the next chunk.
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
