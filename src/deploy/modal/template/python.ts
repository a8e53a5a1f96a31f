/** A value as a Python literal. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

export function python(value: PythonValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return String(value);
  if (isList(value)) return `[${value.map(python).join(", ")}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${python(member)}`);
  return `{${members.join(", ")}}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

/** Text for a comment or a docstring: no line breaks, no end of the docstring. */
export function oneLine(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replaceAll('"""', "'''")
    .replaceAll("\\", "/");
}
