import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { MODAL_VERSIONS } from "../../testing/fakeModal.js";
import { modalCommandLine } from "../commandLine.js";
import { modalSettings } from "../settings.js";
import { schedule } from "./schedule.js";

let python: readonly string[];
beforeAll(async () => {
  ({ python } = await modalCommandLine({ version: MODAL_VERSIONS.at(-1)! }));
}, 300_000);

/** Follows the crons minute by minute, and compares what was set last with what the wall clock asks for. */
const SIMULATION = `
import json, sys
crons, first, days = json.loads(sys.argv[1])
zone = zoneinfo.ZoneInfo(TIME_ZONE)
now = datetime.datetime.fromisoformat(first).replace(tzinfo=zone).astimezone(datetime.timezone.utc)
kept = scheduled_containers(now.astimezone(zone))
late, warm = [], 0
for _ in range(days * 24 * 60):
    local = now.astimezone(zone)
    for minute, hour, weekdays in crons:
        if (local.minute, local.hour) == (minute, hour) and local.isoweekday() % 7 in weekdays:
            kept = scheduled_containers(local)
    due = scheduled_containers(local)
    warm += due > 0
    if kept != due:
        late.append(local.strftime("%m-%d %H:%M"))
    now += datetime.timedelta(minutes=1)
print(json.dumps({"late": late, "warm": warm}))
`;

interface Followed {
  /** Local times at which another number of containers was kept than the schedule asks for. */
  late: string[];
  /** Minutes at which containers were due. */
  warm: number;
}

function follow(keepWarm: string, timeZone: string, first: string, days: number): Followed {
  const code = schedule(modalSettings({ keepWarm, timeZone }));
  const crons = code
    .flatMap((text) => /modal\.Cron\("(\d+) (\d+) \* \* ([\d,*]+)"/.exec(text) ?? [])
    .filter((_, index) => index % 4 !== 0);
  const fired = Array.from({ length: crons.length / 3 }, (_, at) => {
    const [minute, hour, weekdays] = crons.slice(3 * at, 3 * at + 3);
    return [
      Number(minute),
      Number(hour),
      weekdays === "*" ? [0, 1, 2, 3, 4, 5, 6] : weekdays.split(",").map(Number),
    ];
  });
  const program = `import datetime, zoneinfo\n${code[0]}\n${SIMULATION}`;
  const [command, ...words] = [...python, "-c", program, JSON.stringify([fired, first, days])];
  const { stdout, stderr } = spawnSync(command, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Followed;
}

test.each([
  ["Mon-Fri 08:00-18:00", "Europe/Berlin"],
  ["Fri 20:00-06:00, daily 07:00-08:00", "America/New_York"],
  ["Sat 22:00-12:00", "Australia/Lord_Howe"],
])("%s in %s is kept at every minute of an ordinary week", (keepWarm, timeZone) => {
  expect(follow(keepWarm, timeZone, "2026-06-01T00:00:00", 8).late).toEqual([]);
});

test("the clock that goes forward skips an edge, which is made up for at 04:05", () => {
  const { late } = follow("daily 02:30-09:00", "Europe/Berlin", "2026-03-28T12:00:00", 2);
  expect(late[0]).toBe("03-29 03:00");
  expect(late.at(-1)).toBe("03-29 04:04");
  expect(late).toHaveLength(65);
  // A window that ends in the skipped hour.
  const end = follow("Sat 20:00-02:30", "Europe/Berlin", "2026-03-28T12:00:00", 2);
  expect(end.late.at(-1)).toBe("03-29 04:04");
  // Windows elsewhere keep their local times.
  const day = follow("Sun 08:00-18:00", "Europe/Berlin", "2026-03-28T12:00:00", 2);
  expect(day).toEqual({ late: [], warm: 600 });
});

test("the clock that goes back repeats an hour, which is warm both times", () => {
  expect(follow("Sun 02:00-04:00", "Europe/Berlin", "2026-10-24T12:00:00", 2)).toEqual({
    late: [],
    warm: 180,
  });
  expect(follow("Sun 08:00-18:00", "America/New_York", "2026-10-31T12:00:00", 2)).toEqual({
    late: [],
    warm: 600,
  });
});
