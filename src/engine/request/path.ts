/** The member that `path` leads to, one step for each name between dots; undefined where there is none. */
export function memberAt(value: unknown, path: string): unknown {
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Sets the member that `path` leads to. Objects on the way are copied or made. */
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
