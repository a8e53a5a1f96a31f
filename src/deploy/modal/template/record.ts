import type { ModalSettings } from "../settings.js";
import type { PythonValue } from "./python.js";

/** The deployed settings, as recorded by the app. */
export interface DeployedApp {
  formwork: string;
  engine: string;
  structuredOutputs: string;
  model: string;
  gpus: readonly string[];
  concurrency: number;
  minContainers: number;
  maxContainers: number;
  scaledownWindow: number;
  keepWarm: string | null;
  timeZone: string | null;
}

export function deployedAs(
  settings: ModalSettings,
  version: string,
): DeployedApp & Record<string, PythonValue> {
  const {
    engine,
    structuredOutputs,
    model,
    gpus,
    concurrency,
    minContainers,
    maxContainers,
    scaledownWindow,
    keepWarm,
  } = settings;
  return {
    ...{ formwork: version, engine, structuredOutputs, model, gpus: gpus.map(({ spelling }) => spelling) },
    concurrency,
    ...{ minContainers, maxContainers, scaledownWindow },
    ...{ keepWarm: keepWarm?.text ?? null, timeZone: keepWarm?.timeZone ?? null },
  };
}
