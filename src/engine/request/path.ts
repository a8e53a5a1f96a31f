/** The member at `path`, whose steps are separated by dots; undefined if there is none. */
export function memberAt(value: unknown, path: string): unknown {
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Sets the member at `path`. Objects on the way are copied or created. */
export function setMember(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split(".");
  const last = steps.pop() as string;
  for (const step of steps) {
    const own = { ...(target[step] as Record<string, unknown> | undefined) };
    target[step] = own;
    target = own;
  }
  target[last] = value;
}
