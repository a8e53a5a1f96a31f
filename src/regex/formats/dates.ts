/** RFC 3339 dates, times and durations as patterns without anchors. */

const LEAP_YEAR = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

/** full-date, with the days of each month and leap years. */
export const DATE =
  "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)" +
  `|02-(?:0[1-9]|1\\d|2[0-8]))|${LEAP_YEAR}-02-29)`;

/** Minutes. */
const DAY = 24 * 60;
const FRACTION = "(?:\\.\\d+)?";
const OFFSET = "[+-](?:[01]\\d|2[0-3]):[0-5]\\d";

/** full-time. A leap second is 23:59:60 in UTC, which the offset shifts. */
export const TIME = `(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d${FRACTION}(?:[Zz]|${OFFSET})|${leapSeconds()})`;

export const DATE_TIME = `${DATE}[Tt]${TIME}`;

/** The same without an offset, for local times of ISO 8601. */
export const ISO_TIME = `(?:${TIME}|(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d|23:59:60)${FRACTION})`;
export const ISO_DATE_TIME = `${DATE}[Tt ]${ISO_TIME}`;

// The part that all readers accept: date libraries have no year 0, few support leap seconds, and not all accept lower case.

const CLOCK_TIME = `(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d${FRACTION}`;
export const ORDINARY_DATE = `(?!0000)${DATE}`;
export const ORDINARY_TIME = `${CLOCK_TIME}(?:Z|${OFFSET})`;
export const ORDINARY_DATE_TIME = `${ORDINARY_DATE}T${ORDINARY_TIME}`;
export const ORDINARY_ISO_TIME = `${CLOCK_TIME}(?:Z|${OFFSET})?`;
export const ORDINARY_ISO_DATE_TIME = `${ORDINARY_DATE}T${ORDINARY_ISO_TIME}`;

const CLOCK = "(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";

/** The grammar of RFC 3339, appendix A: units in order, without gaps. */
export const DURATION =
  "P(?:\\d+W" + `|(?:\\d+D|\\d+M(?:\\d+D)?|\\d+Y(?:\\d+M(?:\\d+D)?)?)(?:T${CLOCK})?|T${CLOCK})`;

/**
 * The local times of a leap second, each with its offset from UTC: multiples of a quarter of an hour, like all offsets since leap
 * seconds exist (1972).
 */
function leapSeconds(): string {
  const hours: string[] = [`23:59:60${FRACTION}[Zz]`];
  for (let hour = 0; hour < 24; hour++) {
    const quarters: string[] = [];
    for (let minute = 14; minute < 60; minute += 15) {
      const behind = DAY - 1 - (hour * 60 + minute);
      quarters.push(`${digits(minute)}:60${FRACTION}(?:-${time(behind)}|\\+${time((DAY - behind) % DAY)})`);
    }
    hours.push(`${digits(hour)}:(?:${quarters.join("|")})`);
  }
  return `(?:${hours.join("|")})`;
}

function time(minutes: number): string {
  return `${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

function digits(number: number): string {
  return String(number).padStart(2, "0");
}
