import { expect, test } from "vitest";
import { rawMember, rawValues } from "./rawJson.js";

test("values keep the spelling they were written in", () => {
  expect(rawValues(' [1.0, 1e400 ,-0,"a\\"],[" , {"b" : [1 , 2]}, [ ],true] ')).toEqual([
    "1.0",
    "1e400",
    "-0",
    '"a\\"],["',
    '{"b" : [1 , 2]}',
    "[ ]",
    "true",
  ]);
  expect(rawValues("[]")).toEqual([]);
  expect(rawValues("{ }")).toEqual([]);
  expect(rawValues('{"a:,":12345678901234567890,"\\"":{"x":"}"}}')).toEqual([
    "12345678901234567890",
    '{"x":"}"}',
  ]);
});

test("members are found by their name", () => {
  expect(rawMember('{"data":1.0,"a":[{"data":2}]}', "a")).toBe('[{"data":2}]');
  expect(rawMember('{"a":1}', "b")).toBeUndefined();
});
