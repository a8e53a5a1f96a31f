import type { EngineStatus } from "../engine/index.js";

/** The name under which the served model can always be asked for. */
const DEFAULT_MODEL_NAME = "default";

/** Whether `name` stands for the engine's own model: nothing, `default`, or one of `names`, of which `*` is any. */
export function isServedName(name: string, names: readonly string[]): boolean {
  return name === "" || name === DEFAULT_MODEL_NAME || names.includes(name) || names.includes("*");
}

/** The names to list: the model's own, those the engine serves beside it, and the aliases that were chosen. */
export function listedNames(status: EngineStatus, names: readonly string[]): string[] {
  const own = [status.model, ...(status.otherModels ?? [])];
  return [...new Set([...own, ...names.filter((name) => name !== "*")])];
}
