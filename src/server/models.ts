import type { EngineStatus } from "../engine/index.js";
import { FormworkError } from "../errors.js";

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

/** Throws `unknown_model` where `name` is none of them. */
export function requireServed(name: string, status: EngineStatus, names: readonly string[]): void {
  if (isServedName(name, names) || listedNames(status, names).includes(name)) return;
  throw new FormworkError("unknown_model", `The model ${name.slice(0, 200)} is not served here.`);
}
