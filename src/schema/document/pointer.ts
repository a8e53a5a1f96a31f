/** One step of a JSON pointer, escaped by RFC 6901. */
export function escapeStep(step: string | number): string {
  if (typeof step === "number") return String(step);
  if (!step.includes("~") && !step.includes("/")) return step;
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The steps of a JSON pointer; the empty pointer has none. */
export function pointerSteps(pointer: string): string[] {
  if (pointer === "") return [];
  const steps = pointer.slice(1).split("/");
  if (pointer.includes("~")) {
    for (let i = 0; i < steps.length; i++) {
      if (steps[i].includes("~")) steps[i] = steps[i].replaceAll("~1", "/").replaceAll("~0", "~");
    }
  }
  return steps;
}

/** Whether `step` is an array index as a pointer spells it: no sign, no leading zero. */
export function isIndex(step: string): boolean {
  if (step === "" || step.length > 9 || (step.length > 1 && step.charCodeAt(0) === 48)) return false;
  for (let i = 0; i < step.length; i++) {
    const code = step.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
