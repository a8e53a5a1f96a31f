import { describe, expect, it } from "vitest";
import type { ChildMessage, ChildStatistics, RequestEvent } from "./messages.js";
import { Outbox } from "./outbox.js";

const text = (key: number, words: string): RequestEvent => ({ key, type: "text", text: words });
const failed = (key: number): RequestEvent => ({
  key,
  type: "fail",
  error: { error: "gone", status: 499, code: "cancelled" },
});
const statistics = {} as ChildStatistics;

function outbox(): { sent: ChildMessage[]; box: Outbox } {
  const sent: ChildMessage[] = [];
  return {
    sent,
    box: new Outbox(
      (message) => sent.push(message),
      () => statistics,
    ),
  };
}

describe("what leaves the engine process", () => {
  it("is one message for all requests of a step", async () => {
    const { sent, box } = outbox();
    for (let key = 1; key <= 8; key++) box.add(text(key, `of ${key}`));
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent).toEqual([
      { type: "events", events: [1, 2, 3, 4, 5, 6, 7, 8].map((key) => text(key, `of ${key}`)) },
    ]);
  });

  it("takes the end of a request along, with the text of others that came later in the step", async () => {
    const { sent, box } = outbox();
    box.add(text(1, "a"));
    box.add(failed(1), true);
    box.add(text(2, "b"));
    await Promise.resolve();
    expect(sent).toEqual([{ type: "events", events: [text(1, "a"), failed(1), text(2, "b")], statistics }]);
  });

  it("joins the text of short steps, and loses none of it", async () => {
    const { sent, box } = outbox();
    for (const words of ["one", " two", " three"]) {
      box.add(text(1, words));
      await Promise.resolve();
    }
    box.flush();
    const words = sent.flatMap((message) => (message.type === "events" ? message.events : []));
    expect(words.map((event) => (event.type === "text" ? event.text : "")).join("")).toBe("one two three");
    expect(sent.length).toBeLessThan(4);
  });

  it("leaves before the end of the step where that is asked for, and once", async () => {
    const { sent, box } = outbox();
    box.add(text(1, "a"));
    box.endStep();
    expect(sent).toHaveLength(1);
    await Promise.resolve();
    expect(sent).toHaveLength(1);
  });
});
