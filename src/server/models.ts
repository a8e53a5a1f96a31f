import type { EngineStatus } from "../engine/index.js";
import { FormworkError } from "../errors.js";

/** A name by which the served model can always be requested. */
const DEFAULT_MODEL_NAME = "default";

/** Whether `name` denotes the engine's model: undefined, `default`, or one of `names`, in which `*` means any. */
export function isServedName(name: string, names: readonly string[]): boolean {
  return name === "" || name === DEFAULT_MODEL_NAME || names.includes(name) || names.includes("*");
}

/** The names to list: the model's, other models of the engine, and configured aliases. */
export function listedNames(status: EngineStatus, names: readonly string[]): string[] {
  const own = [status.model, ...(status.otherModels ?? [])];
  return [...new Set([...own, ...names.filter((name) => name !== "*")])];
}

/** Throws `unknown_model` if `name` is none of them. */
export function requireServed(name: string, status: EngineStatus, names: readonly string[]): void {
  if (isServedName(name, names) || listedNames(status, names).includes(name)) return;
  throw new FormworkError("unknown_model", `The model ${name.slice(0, 200)} is not served here.`);
}
