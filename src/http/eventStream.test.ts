import { expect, test } from "vitest";
import { readEventStream, type ServerSentEvent } from "./eventStream.js";

async function read(...chunks: string[]): Promise<ServerSentEvent[]> {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events: ServerSentEvent[] = [];
  for await (const event of readEventStream(body)) events.push(event);
  return events;
}

test.each([
  ["a name and data", "event: a\ndata: 1\n\n", [{ event: "a", data: "1" }]],
  ["no name", "data:1\n\n", [{ event: "message", data: "1" }]],
  ["several lines of data", "data: 1\ndata: 2\ndata\n\n", [{ event: "message", data: "1\n2\n" }]],
  [
    "comments, other fields, empty events",
    ": hi\nid: 3\nevent: x\n\ndata: 1\nretry: 5\n\n",
    [{ event: "message", data: "1" }],
  ],
  ["one leading space only", "data:  1 \n\n", [{ event: "message", data: " 1 " }]],
  ["a cut event", "data: 1\n\ndata: 2\n", [{ event: "message", data: "1" }]],
])("%s", async (_what, text, expected) => {
  for (const lineBreak of ["\n", "\r\n", "\r"]) {
    const wire = `${text.replaceAll("\n", lineBreak)}`;
    expect(await read(wire)).toEqual(expected);
    expect(await read(...wire)).toEqual(expected);
  }
});

test("leaving early cancels the body", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const { data } of readEventStream(body)) {
    expect(data).toBe("1");
    break;
  }
  expect(cancelled).toBe(true);
});
