import { FormworkError } from "../../errors.js";
import { type ModalCommandLine, runHelper, runModal, runModalJson } from "./commandLine.js";
import { pythonProgram } from "./support.js";
import type { DeployedApp } from "./template/index.js";

/** Settings of the GPU server's autoscaler; undefined values remain unchanged. Times are in seconds. */
export interface AutoscalerChange {
  minContainers?: number | undefined;
  maxContainers?: number | undefined;
  bufferContainers?: number | undefined;
  scaledownWindow?: number | undefined;
}

/** Modal's information about a deployed app. */
export interface LiveApp {
  url: string;
  healthUrl: string | null;
  /** The last report of each container, by id, and `last cold start`. */
  containers: Record<string, ContainerNote>;
  /** The deployed settings, by the app's record; null if it has none. */
  deployed: DeployedApp | null;
  /** Only with modal >= 1.6. */
  autoscaler: Record<string, number | null> | null;
}

export interface ContainerNote {
  state?: string;
  stage?: string;
  error?: string;
  /** Seconds since 1970. */
  seen?: number;
  seconds?: number;
  ended?: number;
  kind?: string;
  stages?: Record<string, number>;
}

export interface AppStatus {
  app: string;
  /** Modal's state: `deployed`, `stopped`, ... */
  state: string;
  url: string | undefined;
  healthUrl: string | undefined;
  containers: { id: string; since: string; state: string | undefined; stage: string | undefined }[];
  lastColdStart:
    | { seconds: number; ended: string; kind: string | undefined; stages: Record<string, number> | undefined }
    | undefined;
  /** The deployed settings, by the app's record. */
  deployed: DeployedApp | undefined;
  /** The newest deployment. */
  deployment: { version: string; at: string; by: string } | undefined;
  autoscaler: Record<string, number | null> | undefined;
}

/** Throws `FormworkError("not_found")` with the next step if the app is not deployed. */
export async function describeApp(modal: ModalCommandLine, app: string): Promise<LiveApp> {
  return (await runHelper(modal, pythonProgram("live.py"), ["describe", app])) as LiveApp;
}

/** Changes the autoscaler immediately; the next deployment resets it to the app file's settings. */
export async function autoscale(
  modal: ModalCommandLine,
  app: string,
  change: AutoscalerChange,
): Promise<void> {
  const settings = {
    min_containers: change.minContainers,
    max_containers: change.maxContainers,
    buffer_containers: change.bufferContainers,
    scaledown_window: change.scaledownWindow,
  };
  await runHelper(modal, pythonProgram("live.py"), ["autoscale", app, JSON.stringify(settings)]);
}

/** Records the deployed settings, for `status` and `scale` on any machine. */
export async function recordDeployment(
  modal: ModalCommandLine,
  app: string,
  deployed: DeployedApp,
): Promise<void> {
  await runHelper(modal, pythonProgram("live.py"), ["record", app, JSON.stringify(deployed)]);
}

type Row = Record<string, string | null>;

/** Everything known about an app without starting a container. */
export async function appStatus(modal: ModalCommandLine, app: string): Promise<AppStatus> {
  const rows = (await runModalJson(modal, ["app", "list"])) as Row[];
  const row =
    rows.find((one) => one["description"] === app && one["state"] !== "stopped") ??
    rows.find((one) => one["description"] === app);
  if (row === undefined) {
    throw new FormworkError(
      "not_found",
      `No app named ${app} is on Modal. \`formwork deploy modal\` deploys it; --app and --environment choose another.`,
    );
  }
  const status: AppStatus = {
    app,
    state: row["state"] ?? "unknown",
    ...{ url: undefined, healthUrl: undefined, containers: [], lastColdStart: undefined },
    ...{ deployment: undefined, autoscaler: undefined, deployed: undefined },
  };
  if (status.state !== "deployed") return status;

  const [tasks, history, live] = await Promise.all([
    runModalJson(modal, ["container", "list", "--app-id", row["app_id"]!]) as Promise<Row[]>,
    runModalJson(modal, ["app", "history", app]) as Promise<Row[]>,
    describeApp(modal, app),
  ]);
  const number = (one: Row) => Number(one["version"]?.replace(/\D/g, "") ?? 0);
  const newest = [...history].sort((a, b) => number(b) - number(a))[0];
  const coldStart = live.containers["last cold start"];
  return {
    ...status,
    url: live.url,
    healthUrl: live.healthUrl ?? undefined,
    containers: tasks.map((task) => {
      const note = live.containers[task["container_id"]!];
      return {
        id: task["container_id"]!,
        since: task["start_time"] ?? "",
        state: note?.state,
        stage: note?.stage,
      };
    }),
    lastColdStart:
      coldStart?.seconds === undefined
        ? undefined
        : {
            seconds: coldStart.seconds,
            ended: new Date(coldStart.ended! * 1000).toISOString(),
            kind: coldStart.kind,
            stages: coldStart.stages,
          },
    deployed: live.deployed ?? undefined,
    deployment:
      newest === undefined
        ? undefined
        : {
            version: newest["version"] ?? "",
            at: newest["time_deployed"] ?? "",
            by: newest["deployed_by"] ?? "",
          },
    autoscaler: live.autoscaler ?? undefined,
  };
}

/** Prints an app's log; with `follow`, until the signal or the app's end. */
export async function appLogs(
  modal: ModalCommandLine,
  app: string,
  options: { follow: boolean; since?: string | undefined; tail?: number | undefined; signal?: AbortSignal },
  onLine: (line: string) => void,
): Promise<void> {
  const words = ["app", "logs", app, "--timestamps"];
  if (options.follow) words.push("--follow");
  if (options.since !== undefined) words.push("--since", options.since);
  if (options.tail !== undefined) words.push("--tail", String(options.tail));
  await runModal(modal, words, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onLine,
  });
}

/** Stops an app and its containers permanently; weights and compiled kernels remain in their volumes. */
export async function stopApp(modal: ModalCommandLine, app: string): Promise<void> {
  await runModal(modal, ["app", "stop", app, "--yes"]);
}
