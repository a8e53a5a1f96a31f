import { expect, test } from "vitest";
import { withOtherCase } from "./letterCase.js";

test("the cases of a letter are those of the flag i", () => {
  const wrong: string[] = [];
  for (let point = 0; point < 0x1e944; point += point < 0x2200 ? 1 : 37) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const judge = new RegExp(`^\\u{${point.toString(16)}}$`, "iu");
    const set = withOtherCase([point, point]);
    for (let i = 0; i < set.length; i += 2) {
      for (let other = set[i]; other <= set[i + 1]; other++)
        if (!judge.test(String.fromCodePoint(other)))
          wrong.push(`${point.toString(16)} ${other.toString(16)}`);
    }
    for (const change of ["toUpperCase", "toLowerCase"] as const) {
      const other = String.fromCodePoint(point)[change]();
      const holds = set.some(
        (_, i) => i % 2 === 0 && set[i] <= other.codePointAt(0)! && other.codePointAt(0)! <= set[i + 1],
      );
      if ([...other].length === 1 && judge.test(other) && !holds)
        wrong.push(`${point.toString(16)} lacks ${other}`);
    }
  }
  expect(wrong).toEqual([]);
});
