import fc from "fast-check";
import { expect, test } from "vitest";
import { isWarmAt, parseKeepWarm, warmCrons, warmHoursOfWeek } from "./schedule.js";

const at = (day: number, hours: number, minutes = 0) => day * 24 * 60 + hours * 60 + minutes;

test("a working week", () => {
  const windows = parseKeepWarm("Mon-Fri 08:00-18:00");
  expect(windows).toEqual([1, 2, 3, 4, 5].map((day) => ({ from: at(day, 8), to: at(day, 18) })));
  expect(warmCrons(windows)).toEqual(["0 8 * * 1,2,3,4,5", "0 18 * * 1,2,3,4,5"]);
  expect(warmHoursOfWeek(windows)).toBe(50);
  expect(isWarmAt(windows, 1, 8 * 60)).toBe(true);
  expect(isWarmAt(windows, 1, 8 * 60 - 1)).toBe(false);
  expect(isWarmAt(windows, 1, 18 * 60)).toBe(false);
  expect(isWarmAt(windows, 0, 12 * 60)).toBe(false);
});

test("windows that touch or overlap are one, and no edge lies inside of it", () => {
  const touching = parseKeepWarm("daily 08:00-12:00, daily 12:00-18:00, Mon 10:00-14:00");
  expect(touching).toEqual(parseKeepWarm("daily 08:00-18:00"));
  expect(warmCrons(touching)).toEqual(["0 8 * * *", "0 18 * * *"]);
});

test("over midnight, and over the end of the week", () => {
  const night = parseKeepWarm("Fri 20:00-06:00");
  expect(night).toEqual([{ from: at(5, 20), to: at(6, 6) }]);
  expect(warmCrons(night)).toEqual(["0 20 * * 5", "0 6 * * 6"]);
  const weekend = parseKeepWarm("Sat 22:00-02:00, Sun 02:00-03:00");
  expect(weekend).toEqual([{ from: at(6, 22), to: at(7, 3) }]);
  expect(warmCrons(weekend)).toEqual(["0 22 * * 6", "0 3 * * 0"]);
  expect(isWarmAt(weekend, 0, 150)).toBe(true);
  expect(isWarmAt(weekend, 0, 180)).toBe(false);
});

test("a week that is warm throughout has no edges", () => {
  for (const text of [
    "daily 00:00-24:00",
    "daily 00:00-12:00, daily 12:00-24:00",
    "daily 12:00-11:59, daily 11:59-12:00",
  ]) {
    expect(warmHoursOfWeek(parseKeepWarm(text))).toBe(168);
    expect(warmCrons(parseKeepWarm(text))).toEqual([]);
  }
});

test("merging keeps every minute: warm exactly where one of the windows is open", () => {
  const names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const clock = (minute: number) => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
  const window = fc
    .record({ day: fc.nat(6), from: fc.nat(1439), length: fc.integer({ min: 1, max: 1439 }) })
    .map(({ day, from, length }) => ({ day, from, length }));
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 1, maxLength: 6 }),
      fc.nat(6),
      fc.nat(1439),
      (parts, day, minute) => {
        const text = parts.map(
          (one) => `${names[one.day]} ${clock(one.from)}-${clock((one.from + one.length) % 1440)}`,
        );
        const now = day * 1440 + minute;
        const expected = parts.some(
          ({ day, from, length }) => (now - (day * 1440 + from) + 2 * 10080) % 10080 < length,
        );
        const windows = parseKeepWarm(text.join(", "));
        expect(isWarmAt(windows, day, minute)).toBe(expected);
        for (let index = 1; index < windows.length; index++) {
          expect(windows[index]!.from).toBeGreaterThan(windows[index - 1]!.to);
        }
      },
    ),
  );
});

test.each([
  "",
  "Mon-Fri",
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
