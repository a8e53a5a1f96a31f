import { FormworkError } from "../errors.js";

/** A span of every week in which containers are kept warm. Days: 0 is Sunday, as in cron. Times: minutes of the day. */
export interface WarmWindow {
  days: readonly number[];
  from: number;
  to: number;
}

/** A moment at which the number of kept containers changes. */
export interface WarmEdge {
  /** Five cron fields. */
  cron: string;
  warm: boolean;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * `Mon-Fri 08:00-18:00`, several separated by commas: `Mon-Fri 08:00-18:00, Sat 10:00-14:00`; `daily` is every
 * day. Times end at 24:00 at the latest. Throws `FormworkError("invalid_request")` that shows the form.
 */
export function parseKeepWarm(text: string): WarmWindow[] {
  return text.split(",").map((part) => {
    const match = /^\s*([a-z]+)(?:\s*-\s*([a-z]+))?\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/i.exec(
      part,
    );
    if (match === null) throw badSchedule(text, `"${part.trim()}" is not of that form`);
    const [, first = "", last, fromHour, fromMinute, toHour, toMinute] = match;
    const from = minutesOfDay(text, fromHour!, fromMinute!);
    const to = minutesOfDay(text, toHour!, toMinute!);
    if (to <= from) throw badSchedule(text, "a window ends after it begins, on the same day");
    return { days: daysBetween(text, first, last), from, to };
  });
}

/** The moments of a week at which to change the number of kept containers. */
export function warmEdges(windows: readonly WarmWindow[]): WarmEdge[] {
  return windows.flatMap((window) => [
    { cron: cronAt(window.from, window.days), warm: true },
    window.to === 24 * 60
      ? {
          cron: cronAt(
            0,
            window.days.map((day) => (day + 1) % 7),
          ),
          warm: false,
        }
      : { cron: cronAt(window.to, window.days), warm: false },
  ]);
}

/** Whether a window is open at this weekday (0 is Sunday) and minute of the day. */
export function isWarmAt(windows: readonly WarmWindow[], day: number, minute: number): boolean {
  return windows.some((window) => window.days.includes(day) && minute >= window.from && minute < window.to);
}

/** Hours a week that lie in a window. */
export function warmHoursOfWeek(windows: readonly WarmWindow[]): number {
  let minutes = 0;
  for (let day = 0; day < 7; day++) {
    for (let minute = 0; minute < 24 * 60; minute++) if (isWarmAt(windows, day, minute)) minutes++;
  }
  return minutes / 60;
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
  if (index < 0) throw badSchedule(text, `"${name}" is no day of the week`);
  return index;
}

function minutesOfDay(text: string, hour: string, minute: string): number {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > 24 * 60)
    throw badSchedule(text, `${hour}:${minute} is no time of day`);
  return minutes;
}

function badSchedule(text: string, why: string): FormworkError {
  return new FormworkError(
    "invalid_request",
    `Cannot read the schedule "${text}": ${why}. Write it like "Mon-Fri 08:00-18:00" or "daily 09:00-17:30".`,
    { pointer: "/modal/keepWarm" },
  );
}
