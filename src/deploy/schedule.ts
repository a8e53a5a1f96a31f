import { FormworkError } from "../errors.js";

const DAY = 24 * 60;
/** Minutes of a week. Minute 0 is Sunday 00:00, as cron counts days. */
const WEEK = 7 * DAY;

/**
 * A span of every week in which containers are kept warm: minutes of the week, `from` inclusive and below a week, `to`
 * exclusive; a span over the end of the week ends beyond it. The windows of a schedule are sorted and do not touch.
 */
export interface WarmWindow {
  from: number;
  to: number;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const WINDOW = /^\s*([a-z]+)(?:\s*-\s*([a-z]+))?\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/i;

/**
 * Reads `Mon-Fri 08:00-18:00`, or several windows separated by commas: `Mon-Fri 08:00-18:00, Sat 10:00-14:00`. `daily`
 * is every day; a window that ends before it begins ends on the next day (`Fri 20:00-06:00`). Windows that touch or
 * overlap become one. Throws `FormworkError("invalid_request")` that shows the form.
 */
export function parseKeepWarm(text: string): WarmWindow[] {
  const windows = text.split(",").flatMap((part) => {
    const match = WINDOW.exec(part);
    if (match === null) throw badSchedule(text, `"${part.trim()}" is not of that form`);
    const [, first = "", last, fromHour, fromMinute, toHour, toMinute] = match;
    const from = minutesOfDay(text, fromHour!, fromMinute!);
    const to = minutesOfDay(text, toHour!, toMinute!);
    if (to === from) throw badSchedule(text, "a window has to last; for the whole day write 00:00-24:00");
    const minutes = (to - from + DAY) % DAY || DAY;
    return daysBetween(text, first, last).map((day) => ({
      from: (day * DAY + from) % WEEK,
      to: ((day * DAY + from) % WEEK) + minutes,
    }));
  });
  return merged(windows);
}

/** Cron fields at which the number of kept containers may change; none if the whole week is covered. */
export function warmCrons(windows: readonly WarmWindow[]): string[] {
  if (warmHoursOfWeek(windows) * 60 === WEEK) return [];
  const daysAt = new Map<number, Set<number>>();
  for (const edge of windows.flatMap(({ from, to }) => [from, to % WEEK])) {
    const minute = edge % DAY;
    const days = daysAt.get(minute) ?? new Set<number>();
    daysAt.set(minute, days.add(Math.floor(edge / DAY)));
  }
  return [...daysAt].map(([minute, days]) => cronAt(minute, [...days]));
}

/** Whether a window is open at this weekday (0 is Sunday) and minute of the day. */
export function isWarmAt(windows: readonly WarmWindow[], day: number, minute: number): boolean {
  const at = day * DAY + minute;
  return windows.some(({ from, to }) => (from <= at && at < to) || at + WEEK < to);
}

/** Hours per week in windows. */
export function warmHoursOfWeek(windows: readonly WarmWindow[]): number {
  return windows.reduce((minutes, { from, to }) => minutes + to - from, 0) / 60;
}

/** The same minutes as windows that neither overlap nor touch, also over the end of the week. */
function merged(windows: readonly WarmWindow[]): WarmWindow[] {
  const sorted = [...windows].sort((a, b) => a.from - b.from);
  const joined: WarmWindow[] = [];
  for (const { from, to } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  // A window across the end of the week may overlap those at its start.
  const last = joined.at(-1);
  while (last !== undefined && joined[0] !== last && joined[0]!.from + WEEK <= last.to) {
    last.to = Math.max(last.to, joined.shift()!.to + WEEK);
  }
  if (last !== undefined && last.to - last.from >= WEEK) return [{ from: 0, to: WEEK }];
  return joined;
}

function cronAt(minuteOfDay: number, days: readonly number[]): string {
  const sorted = [...days].sort((a, b) => a - b);
  const dayField = sorted.length === 7 ? "*" : sorted.join(",");
  return `${minuteOfDay % 60} ${Math.floor(minuteOfDay / 60)} * * ${dayField}`;
}

function daysBetween(text: string, first: string, last: string | undefined): number[] {
  if (first.toLowerCase() === "daily" && last === undefined) return [0, 1, 2, 3, 4, 5, 6];
  const from = dayNumber(text, first);
  const to = last === undefined ? from : dayNumber(text, last);
  const days = [from];
  while (days.at(-1) !== to) days.push((days.at(-1)! + 1) % 7);
  return days;
}

function dayNumber(text: string, name: string): number {
  const index = DAYS.indexOf(name.slice(0, 3).toLowerCase());
  if (index < 0) throw badSchedule(text, `"${name}" is not a day of the week`);
  return index;
}

function minutesOfDay(text: string, hour: string, minute: string): number {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > DAY) throw badSchedule(text, `${hour}:${minute} is not a time of day`);
  return minutes;
}

function badSchedule(text: string, why: string): FormworkError {
  return new FormworkError(
    "invalid_request",
    `Cannot read the schedule "${text}": ${why}. Write it like "Mon-Fri 08:00-18:00" or "daily 09:00-17:30".`,
    { pointer: "/modal/keepWarm" },
  );
}
