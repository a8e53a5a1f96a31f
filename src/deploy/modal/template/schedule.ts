import { warmCrons } from "../../schedule.js";
import type { ModalSettings } from "../settings.js";
import { SERVER_NAME } from "./names.js";
import { oneLine, python } from "./python.js";

/**
 * Functions that keep containers warm at the times of `keepWarm`. Each determines from the clock how many to keep, so that it does not
 * matter which one runs, or whether it is late. An additional one runs after the hours that a change to daylight saving time can skip.
 * None if the whole week is covered.
 */
export function schedule(settings: ModalSettings): string[] {
  const { text, windows, timeZone } = settings.keepWarm!;
  const crons = warmCrons(windows);
  if (crons.length === 0) return [];
  const functions = [...crons, "5 4 * * *"].map(
    (cron, index) => `\
@app.function(image=small, schedule=modal.Cron(${python(cron)}, timezone=${python(timeZone)}))
def follow_schedule_${index + 1}():
    keep_containers(scheduled_containers(datetime.datetime.now(zoneinfo.ZoneInfo(TIME_ZONE))))
`,
  );
  return [
    `\
# Kept warm: ${oneLine(text)} (${timeZone}). Windows in minutes of the week; Sunday 00:00 is 0.
TIME_ZONE = ${python(timeZone)}
WINDOWS = ${python(windows.map(({ from, to }) => [from, to]))}


def scheduled_containers(now):
    """How many containers are to be kept at this time."""
    minute = now.isoweekday() % 7 * 24 * 60 + now.hour * 60 + now.minute
    is_warm = any(start <= at < end for start, end in WINDOWS for at in (minute, minute + 7 * 24 * 60))
    return ${Math.max(1, settings.minContainers)} if is_warm else 0


def keep_containers(count):
    """Changes how many containers are kept when nobody calls. A deployment sets it back to the class's own."""
    server = modal.Server.from_name(APP_NAME, ${python(SERVER_NAME)})
    if hasattr(server, "autoscaler"):  # modal >= 1.6
        server.autoscaler.update(min_containers=count)
    else:
        server.update_autoscaler(min_containers=count)
`,
    ...functions,
  ];
}
