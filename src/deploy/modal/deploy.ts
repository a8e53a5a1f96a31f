import { resolve } from "node:path";
import { FormworkError } from "../../errors.js";
import { describeRepository } from "../../models/index.js";
import { version } from "../../system/index.js";
import type { CostEstimate } from "../gpuCost.js";
import { estimateCost } from "../gpuCost.js";
import { isWarmAt } from "../schedule.js";
import { type AppFileChoice, type AppFileReport, writeAppFile } from "./appFile.js";
import { predictColdStart, predictedSeconds } from "./coldStart.js";
import { type ModalCommandLine, runHelper, runModal, runModalJson } from "./commandLine.js";
import { type ColdStart, ENGINES } from "./engines/index.js";
import { checkFit, footprintOf } from "./fit.js";
import { autoscale, describeApp, recordDeployment } from "./live.js";
import type { ModalSettings } from "./settings.js";
import { prepareSupport, pythonProgram } from "./support.js";
import { type DeployedApp, DOWNLOAD_NAME, deployedAs, renderApp } from "./template/index.js";

export interface DeployOptions {
  settings: ModalSettings;
  /** The project's folder, the base of relative paths. */
  folder: string;
  /** What to do with an app file that differs from the result of the settings. */
  choice: AppFileChoice;
  /** Only write and check. */
  dryRun: boolean;
  /** Whether to download the weights to their volume before the app is published. */
  download: boolean;
  /** Modal's command line; requested after the app file has been written. */
  modal: () => Promise<ModalCommandLine>;
  /** The package for the image. Default: this Formwork. */
  packageFolder?: string;
  signal?: AbortSignal;
  onEvent?: (event: DeployEvent) => void;
}

export type DeployEvent =
  | { type: "diff"; diff: string }
  | { type: "file"; report: AppFileReport }
  | { type: "stage"; text: string }
  | { type: "log"; line: string };

export interface DeployReport {
  app: string;
  file: string;
  fileState: AppFileReport["state"];
  /** The objects that the file registers with Modal, by name. */
  objects: Record<string, string>;
  /** Absent in a dry run, like the following members. */
  url?: string;
  healthUrl?: string;
  dashboardUrl?: string;
  /** Seconds for building the image; 0 if all layers existed. */
  imageBuildSeconds?: number;
  /** Seconds for downloading the weights, and their size. */
  downloadSeconds?: number;
  weightsBytes?: number;
  totalSeconds: number;
  /** Estimated seconds of a container's start, by stage. */
  coldStart: ColdStart;
  cost: CostEstimate;
}

/** For estimates, until there are measurements of the deployment. */
const TYPICAL_REQUEST_SECONDS = 4;

/** Deploys an app with the given settings. Throws `FormworkError`s with the next step. */
export async function deployToModal(options: DeployOptions): Promise<DeployReport> {
  const { settings } = options;
  const began = performance.now();
  const tell = options.onEvent ?? (() => undefined);
  const stage = (text: string) => tell({ type: "stage", text });

  stage(
    `Checking whether ${settings.model} fits ${settings.gpus.map(({ spelling }) => spelling).join(" and ")}`,
  );
  const { repository, ...which } = ENGINES[settings.engine].files(settings);
  const model = await describeRepository(repository, {
    environment: process.env,
    ...which,
    signal: options.signal,
  });
  if (model === undefined) stage("Not checked: the hub did not say how large the model is");
  else checkFit(settings, footprintOf(model));

  const path = resolve(options.folder, settings.file);
  const text = renderApp(settings, version());
  const report = await writeAppFile(path, text, options.choice, (diff) => tell({ type: "diff", diff }));
  tell({ type: "file", report });
  stage("Packing Formwork and its lock files");
  await prepareSupport(resolve(path, ".."), settings, options);

  stage("Checking the app file with Modal's own package");
  const modal = await options.modal();
  const objects = await checkAppFile(modal, path);
  const result: DeployReport = {
    app: settings.app,
    file: path,
    fileState: report.state,
    objects,
    totalSeconds: 0,
    coldStart: predictColdStart(settings, model?.weightBytes),
    cost: costOf(settings, TYPICAL_REQUEST_SECONDS, predictedSeconds(settings, model?.weightBytes)),
  };
  if (!options.dryRun) {
    await checkSecrets(modal, settings);
    const record = deployedAs(settings, version());
    const before = await deployedRecord(modal, settings.app);
    const changes = before === undefined ? [] : changesOf(before, record);
    if (changes.length > 0) stage(`This deployment changes ${changes.join(", ")}`);
    const running = {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onLine: (line: string) => tell({ type: "log", line }),
    };
    let built = "";
    if (options.download) {
      // Before anything is published: no GPU starts without weights, and a failed download deploys nothing.
      stage(`Building the image, and fetching ${settings.model} into the volume ${settings.volumes.models}`);
      const { stdout, stderr } = await runModal(modal, ["run", `${path}::${DOWNLOAD_NAME}`], running);
      built += stdout + stderr;
      Object.assign(result, weightsReport(built));
    }
    stage(options.download ? "Deploying" : "Building the image and deploying");
    const log = await runModal(modal, ["deploy", path, "--name", settings.app], running);
    built += log.stdout + log.stderr;
    result.imageBuildSeconds = imageBuildSeconds(built);
    const dashboard = /View Deployment:\s*(\S+)/.exec(log.stdout)?.[1];
    if (dashboard !== undefined) result.dashboardUrl = dashboard;
    const live = await describeApp(modal, settings.app);
    result.url = live.url;
    if (live.healthUrl !== null) result.healthUrl = live.healthUrl;
    await recordDeployment(modal, settings.app, record);
    if (isWarmNow(settings, new Date())) {
      await autoscale(modal, settings.app, { minContainers: Math.max(1, settings.minContainers) });
    }
  }
  result.totalSeconds = (performance.now() - began) / 1000;
  return result;
}

/** The cost of a deployment with `settings` and requests of the given duration. Times are in seconds. */
export function costOf(
  settings: ModalSettings,
  secondsPerRequest: number,
  coldStartSeconds: number,
): CostEstimate {
  const { maxContainers, concurrency, scaledownWindow } = settings;
  // With a schedule, containers are only kept at its times.
  const minContainers = settings.keepWarm === undefined ? settings.minContainers : 0;
  const gpu = settings.gpus[0]!;
  return estimateCost({
    ...{ gpu, minContainers, maxContainers, concurrency, scaledownWindow },
    ...{ secondsPerRequest, coldStartSeconds },
  });
}

/** Imports the file with Modal's package. Throws `FormworkError("invalid_request")`, naming the line. */
async function checkAppFile(modal: ModalCommandLine, path: string): Promise<Record<string, string>> {
  try {
    const found = (await runHelper(modal, pythonProgram("check.py"), [path])) as {
      objects: Record<string, string>;
    };
    return found.objects;
  } catch (cause) {
    const said = cause instanceof FormworkError ? cause.message : String(cause);
    throw new FormworkError("invalid_request", `Modal's package rejects ${path}:\n${said}`, { cause });
  }
}

/** Modal deploys apps with missing secrets, whose containers then fail to start. */
async function checkSecrets(modal: ModalCommandLine, settings: ModalSettings): Promise<void> {
  const wanted = Object.keys(settings.secrets);
  if (wanted.length === 0) return;
  const rows = (await runModalJson(modal, ["secret", "list"])) as { name: string }[];
  const missing = wanted.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length === 0) return;
  const name = missing[0]!;
  const keys = settings.secrets[name]!.length === 0 ? ["KEY"] : settings.secrets[name]!;
  throw new FormworkError(
    "not_found",
    `Modal has no secret named ${missing.join(", ")}. Create it first: ` +
      `formwork secrets set ${name} ${keys.map((key) => `${key}=...`).join(" ")}`,
    { pointer: "/modal/secrets" },
  );
}

/** Layers are built sequentially; the log has the time of each. */
export function imageBuildSeconds(log: string): number {
  let seconds = 0;
  for (const [, time] of log.matchAll(/Built image im-\S+ in ([\d.]+)\s?s/g)) seconds += Number(time);
  return Math.round(seconds * 10) / 10;
}

/** The record of the deployed app; undefined if none is deployed or it has none. */
async function deployedRecord(modal: ModalCommandLine, app: string): Promise<DeployedApp | undefined> {
  const live = await describeApp(modal, app).catch((thrown: unknown) => {
    if (thrown instanceof FormworkError && thrown.code === "not_found") return undefined;
    throw thrown;
  });
  return live?.deployed ?? undefined;
}

/** Differences between two records, one `name before -> after` each; `counts` selects the names that matter. */
export function changesOf(
  before: DeployedApp,
  next: DeployedApp,
  counts: (name: keyof DeployedApp) => boolean = () => true,
): string[] {
  const shown = (value: unknown) => (Array.isArray(value) ? value.join(" or ") : String(value ?? "none"));
  return (Object.keys(next) as (keyof DeployedApp)[])
    .filter((key) => counts(key) && shown(before[key]) !== shown(next[key]))
    .map((key) => `${key} ${shown(before[key])} -> ${shown(next[key])}`);
}

/** The last output of the download; empty if there is none. */
function weightsReport(log: string): Pick<DeployReport, "downloadSeconds" | "weightsBytes"> {
  const line = /^\{"weights": (\{.*\})\}$/m.exec(log)?.[1];
  if (line === undefined) return {};
  const { bytes, seconds } = JSON.parse(line) as { bytes: number; seconds: number };
  return { downloadSeconds: seconds, weightsBytes: bytes };
}

function isWarmNow(settings: ModalSettings, now: Date): boolean {
  if (settings.keepWarm === undefined) return false;
  const { windows, timeZone } = settings.keepWarm;
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(parts["weekday"]!);
  return isWarmAt(windows, day, Number(parts["hour"]) * 60 + Number(parts["minute"]));
}
