import { expect, test } from "vitest";
import { isWarmAt, parseKeepWarm, warmEdges, warmHoursOfWeek } from "./schedule.js";

const at = (hours: number, minutes = 0) => hours * 60 + minutes;

test("a working week", () => {
  const windows = parseKeepWarm("Mon-Fri 08:00-18:00");
  expect(windows).toEqual([{ days: [1, 2, 3, 4, 5], from: at(8), to: at(18) }]);
  expect(warmEdges(windows)).toEqual([
    { cron: "0 8 * * 1,2,3,4,5", warm: true },
    { cron: "0 18 * * 1,2,3,4,5", warm: false },
  ]);
  expect(warmHoursOfWeek(windows)).toBe(50);
  expect(isWarmAt(windows, 1, at(8))).toBe(true);
  expect(isWarmAt(windows, 1, at(7, 59))).toBe(false);
  expect(isWarmAt(windows, 1, at(18))).toBe(false);
  expect(isWarmAt(windows, 0, at(12))).toBe(false);
});

test("several windows, over the end of the week, until midnight, every day", () => {
  expect(parseKeepWarm("fri-mon 9:30-17:05, daily 20:00-24:00")).toEqual([
    { days: [5, 6, 0, 1], from: at(9, 30), to: at(17, 5) },
    { days: [0, 1, 2, 3, 4, 5, 6], from: at(20), to: at(24) },
  ]);
  expect(warmEdges(parseKeepWarm("Saturday 10:00-24:00"))).toEqual([
    { cron: "0 10 * * 6", warm: true },
    { cron: "0 0 * * 0", warm: false },
  ]);
  expect(warmEdges(parseKeepWarm("daily 20:00-24:00")).map(({ cron }) => cron)).toEqual([
    "0 20 * * *",
    "0 0 * * *",
  ]);
});

test.each([
  "",
  "Mon-Fri",
  "Mon-Fri 18:00-08:00",
  "Mon-Fri 08:00-08:00",
  "Mon-Fri 8-18",
  "Mon-Foo 08:00-18:00",
  "Mon 08:60-09:00",
  "Mon 08:00-24:01",
  "daily-Fri 08:00-18:00",
  "Mon 08:00-18:00,",
])("%j is refused with the form it should have", (text) => {
  expect(() => parseKeepWarm(text)).toThrow(/Write it like "Mon-Fri 08:00-18:00"/);
});
