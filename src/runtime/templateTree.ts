/**
 * Rewrites features of Jinja and Python that chat templates use and our Jinja lacks as calls of provided functions: the filters
 * `string`, `from_json`, `min` and `max` for any value, `'...{}'.format(x)`, and dictionaries with numeric keys, including sorting
 * and iteration.
 */

/** A node of the library's syntax tree, evaluated by its `type`. */
interface Node {
  readonly type: string;
  [member: string]: unknown;
}

const PREFIX = "formwork_";
const FILTERS = ["string", "from_json", "min", "max"];

/** Replaces nodes below `value` in place; returns the replacement of `value` itself. */
export function withKnownCalls(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = withKnownCalls(item);
    return value;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, withKnownCalls(item));
    return value;
  }
  if (typeof value !== "object" || value === null) return value;
  const node = value as Node;
  for (const [name, member] of Object.entries(node)) node[name] = withKnownCalls(member);
  return replacementOf(node) ?? node;
}

function replacementOf(node: Node): Node | undefined {
  if (node.type === "FilterExpression") {
    const filter = node["filter"] as Node;
    const name = filter.type === "Identifier" ? String(filter["value"]) : "";
    const isKnown = FILTERS.includes(name) || name === "dictsort";
    return isKnown ? callOf(name, [node["operand"]]) : undefined;
  }
  if (node.type === "CallExpression") {
    const callee = node["callee"] as Node;
    const property = callee["property"] as Node | undefined;
    const isFormat =
      callee.type === "MemberExpression" && callee["computed"] !== true && property?.["value"] === "format";
    return isFormat ? callOf("format", [callee["object"], ...(node["args"] as unknown[])]) : undefined;
  }
  if (node.type === "ObjectLiteral") {
    const members = [...(node["value"] as Map<Node, Node>)];
    const isNumbered = members.length > 0 && members.every(([key]) => key.type === "IntegerLiteral");
    return isNumbered ? callOf("numbered", members.flat()) : undefined;
  }
  return undefined;
}

function callOf(name: string, args: readonly unknown[]): Node {
  return { type: "CallExpression", callee: { type: "Identifier", value: PREFIX + name }, args };
}

/** The functions of these calls, for the values of a template. */
export const KNOWN_CALLS: Readonly<Record<string, (...values: unknown[]) => unknown>> = Object.fromEntries(
  Object.entries({
    string: (value: unknown) => pythonText(plain(value)),
    from_json: (text: unknown) => (typeof text === "string" ? JSON.parse(text) : plain(text)),
    min: (values: unknown) => Math.min(...(plain(values) as number[])),
    max: (values: unknown) => Math.max(...(plain(values) as number[])),
    dictsort: sortedPairs,
    format: (text: unknown, ...values: unknown[]) => {
      let next = 0;
      return String(text).replaceAll("{}", () => pythonText(plain(values[next++]) ?? ""));
    },
    // The dictionary becomes a list of pairs of number and value.
    numbered: (...members: unknown[]) =>
      members.flatMap((key, at) => (at % 2 === 0 ? [[key, plain(members[at + 1])]] : [])),
  }).map(([name, call]) => [PREFIX + name, call]),
);

function sortedPairs(value: unknown): unknown {
  const given = plain(value);
  if (Array.isArray(given)) {
    return [...(given as [number, unknown][])].sort(([one], [other]) => one - other);
  }
  const pairs = Object.entries((given ?? {}) as Record<string, unknown>);
  const fold = ([key]: [string, unknown]) => key.toLowerCase();
  return pairs.sort((one, other) => (fold(one) < fold(other) ? -1 : fold(one) > fold(other) ? 1 : 0));
}

/** Unwraps items of lists and dictionaries, which the library passes in its own wrappers. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(unwrapped(item)));
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(unwrapped(item))]));
  }
  return value;
}

function unwrapped(item: unknown): unknown {
  return typeof item === "object" && item !== null && "value" in item ? item.value : item;
}

/** `str(value)` of Python. */
function pythonText(value: unknown): string {
  return typeof value === "string" ? value : pythonSource(value);
}

function pythonSource(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    return (
      quote + value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll(quote, `\\${quote}`) + quote
    );
  }
  if (Array.isArray(value)) return `[${value.map(pythonSource).join(", ")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).map(([key, item]) => `${pythonSource(key)}: ${pythonSource(item)}`);
    return `{${members.join(", ")}}`;
  }
  return String(value);
}
