import { expect, it } from "vitest";
import { Trie } from "../../vocabulary/index.js";
import { spaceRuns } from "./runs.js";

it("tells runs of white space by their lengths, and where something follows", () => {
  const texts = [",", ", ", ",\n\n", ',\n"', ",a", "a "];
  const encoder = new TextEncoder();
  const trie = Trie.of(
    texts.map((text) => encoder.encode(text)),
    texts.map((_, i) => i),
  );
  const comma = trie.find(encoder.encode(","));
  const runs = spaceRuns(trie, comma);
  expect(runs.tokens.map((token, i) => [token, runs.lengths[i]]).sort()).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect([...runs.endNodes]).toEqual([trie.find(encoder.encode(",\n"))]);
  expect(runs.endLengths).toEqual([1]);
  expect(runs.longest).toBe(2);
  expect(spaceRuns(trie, 0).longest).toBe(0);
});
