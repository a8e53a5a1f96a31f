import { expect, it } from "vitest";
import { Branch, Taken } from "./branch.js";
import { memberOf } from "./conjunction.js";
import { goalsOf } from "./testing/goalsOf.js";

const { goals } = goalsOf(true);

it("knows of a member what the branch itself demands, whichever branch was asked before", () => {
  const branch = new Branch("");
  const limit = (to: Branch, values: string[]) => to.nameOnly(new Map([["a", goals.values(values, true)]]));
  const isEmpty = (of: Branch) => memberOf(goals, of, "a")?.isEmpty(goals);
  expect(isEmpty(branch)).toBe(undefined);
  limit(branch, ["1", "2"]);
  expect(isEmpty(branch)).toBe(false);
  const copy = branch.clone();
  limit(copy, ["3"]);
  limit(branch, ["2"]);
  expect([copy, branch, copy, branch].map(isEmpty)).toEqual([true, false, true, false]);
  const other = branch.clone();
  limit(other, ["1"]);
  limit(branch, ["2", "3"]);
  expect([other, copy, branch].map(isEmpty)).toEqual([true, true, false]);
});

it("takes back what was added since, and nothing else", () => {
  const taken = new Taken();
  expect(["1|", 1, 2, "1|"].map((element) => taken.add(element))).toEqual([true, true, true, false]);
  const { length } = taken;
  taken.add(3);
  taken.add(1);
  taken.undo(length);
  expect([1, 2, 3].map((id) => taken.has(id))).toEqual([true, true, false]);
  expect(taken.add(3)).toBe(true);
});
