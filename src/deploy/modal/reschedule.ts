import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FormworkError } from "../../errors.js";
import { version } from "../../system/index.js";
import { unifiedDiff } from "../diff.js";
import type { ModalCommandLine } from "./commandLine.js";
import { changesOf } from "./deploy.js";
import { describeApp } from "./live.js";
import type { ModalOptions } from "./options/index.js";
import { modalSettings } from "./settings.js";
import { type DeployedApp, deployedAs, renderApp } from "./template/index.js";

/** What a schedule may change, by its name in the app's record. */
const SCHEDULE = new Set<keyof DeployedApp>([
  ...(["keepWarm", "timeZone", "minContainers", "maxContainers", "scaledownWindow", "formwork"] as const),
]);

/**
 * A new schedule deploys the whole app. Throws `FormworkError("wrong_usage")` if that would change more than the schedule: other settings
 * of the deployed app, or an app file that was edited. `onDiff` receives the difference of the file.
 */
export async function checkOnlySchedule(
  modal: ModalCommandLine,
  folder: string,
  options: ModalOptions,
  onDiff: (diff: string) => void,
): Promise<void> {
  const settings = modalSettings(options);
  const { deployed } = await describeApp(modal, settings.app);
  if (deployed === null) return;
  const record = deployedAs(settings, version());
  const others = changesOf(deployed, record, (name) => !SCHEDULE.has(name));
  if (others.length > 0) {
    throw new FormworkError(
      "wrong_usage",
      `A schedule deploys the app again, and the settings here would also change ${others.join(", ")}. Pass the flags of the ` +
        "deployment, or keep them in formwork.config.json: `formwork deploy modal --save` with these flags.",
    );
  }
  const { keepWarm, timeZone, minContainers, maxContainers, scaledownWindow } = deployed;
  const before = modalSettings({
    ...options,
    ...{ minContainers, maxContainers, scaledownWindow },
    ...{ keepWarm: keepWarm ?? undefined, timeZone: timeZone ?? undefined },
  });
  const path = resolve(folder, settings.file);
  const text = await readFile(path, "utf8").catch(() => undefined);
  const expected = renderApp(before, version());
  if (text === undefined || text === expected) return;
  onDiff(unifiedDiff(text, expected, path));
  throw new FormworkError(
    "wrong_usage",
    `${path} was edited, or written with other settings (the difference is above), and a schedule would overwrite it. ` +
      "Use `formwork deploy modal --keep-warm ...` with --regenerate to overwrite it, or edit its schedule and use --keep.",
  );
}
