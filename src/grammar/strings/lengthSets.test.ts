import { expect, test } from "vitest";
import { compilePattern } from "../../regex/index.js";
import { contentOf } from "../content/content.js";
import { LengthSets } from "./lengthSets.js";

const LONGEST = 9;
const INFINITE = Number.POSITIVE_INFINITY;

/** All texts over `alphabet` of up to `LONGEST` characters, by length. */
function textsOver(alphabet: readonly string[]): string[][] {
  const byLength = [[""]];
  for (let length = 1; length <= LONGEST; length++)
    byLength.push(byLength[length - 1].flatMap((text) => alphabet.map((character) => text + character)));
  return byLength;
}

const TEXTS = textsOver(["a", "é"]);

test.each(["^(aa)*$", "^(aaa|éaéaé)*$", "^a{2,5}é?$", "^(é{3}){1,2}$", "^(a|éé)*a$", "^$", "^a(é{4})*$"])(
  "%s ends after just the lengths that its texts have",
  (pattern) => {
    const content = contentOf(compilePattern(pattern));
    const sets = new LengthSets(content, 0, INFINITE);
    const matcher = new RegExp(pattern, "u");
    const lengths = TEXTS.map((texts) => texts.some((text) => matcher.test(text)));
    for (let length = 0; length <= LONGEST; length++)
      expect([length, sets.has(content.start, length)]).toEqual([length, lengths[length]]);
    for (let least = 0; least <= LONGEST; least++) {
      for (let most = least; most <= LONGEST; most++) {
        const fewest = lengths.findIndex((isLength, length) => isLength && length >= least && length <= most);
        expect([least, most, sets.fewest(content.start, least, most)]).toEqual([least, most, fewest]);
        expect(sets.reaches(content.start, least, most)).toBe(fewest >= 0);
      }
    }
  },
);

test("lengths far beyond the rows follow from those that repeat", () => {
  const content = contentOf(compilePattern("^(a{7})*$"));
  const sets = new LengthSets(content, 1_000_000, INFINITE);
  expect(sets.has(content.start, 7_000_000)).toBe(true);
  expect(sets.has(content.start, 7_000_001)).toBe(false);
  expect(sets.fewest(content.start, 1_000_000, INFINITE)).toBe(1_000_006);
});
