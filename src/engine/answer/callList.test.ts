import { expect, it } from "vitest";
import { CallList } from "./callList.js";

/** Writes calls in pieces of one character; returns what was handed out. */
function handedOut(mustDiffer: boolean, texts: readonly string[]) {
  const list = new CallList(mustDiffer);
  const parts = texts.flatMap((text, index) => [
    ...list.begin(`${index}`, "a"),
    ...[...text].flatMap((character) => list.write(character)),
    ...list.end(),
  ]);
  return { list, parts };
}

it("leaves out a call that repeats an earlier one, and no other", () => {
  const texts = ['{"n":1}', '{"n":12}', '{"n":1}', '{"n":2}'];
  const { list, parts } = handedOut(true, texts);
  expect(list.calls.map((call) => call.arguments)).toEqual(['{"n":1}', '{"n":12}', '{"n":2}']);
  expect(list.hasRepeated).toBe(true);
  expect(parts.filter(({ type }) => type === "toolCall")).toHaveLength(3);
  for (const [index, call] of list.calls.entries()) {
    const written = parts.map((part) =>
      part.type === "toolArguments" && part.index === index ? part.text : "",
    );
    expect(written.join("")).toBe(call.arguments);
  }
  expect(handedOut(false, texts).list.calls).toHaveLength(4);
});
