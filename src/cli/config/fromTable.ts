import { choice, integer, list, number, type Setting, text, toggle } from "./setting.js";

/** A table row with a flag: a request field, or an option of an engine or a server. */
export interface TableRow {
  readonly kind: string;
  readonly doc: string;
  readonly flag?: string;
  /** The setting's name, if it differs from the row's. */
  readonly key?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly isSecret?: boolean;
  readonly off?: string;
  /** Units of the row per unit of the flag. */
  readonly flagUnit?: number;
}

/** The command-line setting of a row. */
export function settingOf(row: TableRow): Setting<unknown> {
  const base = {
    flag: row.flag ?? "",
    description: firstSentence(row.doc),
    ...(row.isSecret === true && { isSecret: true }),
  };
  const fallback = row.default as never;
  switch (row.kind) {
    case "integer":
    case "number": {
      const unit = row.flagUnit ?? 1;
      const scaled = (value: number | undefined) => (value === undefined ? undefined : value / unit);
      const settings = {
        ...base,
        ...defined({
          minimum: scaled(row.minimum),
          maximum: scaled(row.maximum),
          fallback: scaled(fallback),
        }),
      };
      return row.kind === "integer" && unit === 1 ? integer(settings) : number(settings);
    }
    case "boolean":
      return toggle({
        ...base,
        ...defined({ fallback, off: row.off === undefined ? undefined : firstSentence(row.off) }),
      });
    case "choice":
      return choice({ ...base, choices: row.choices ?? [], ...defined({ fallback }) });
    case "list":
      return list({ ...base, ...defined({ fallback }) });
    case "string":
      return text({ ...base, ...defined({ fallback }) });
    default:
      throw new TypeError(`A row of the kind ${row.kind} has no flag.`);
  }
}

/** Converts `values` of settings to values of rows, with the names and units of the rows. */
export function valuesByRow(
  rows: readonly (readonly [name: string, row: TableRow])[],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, row] of rows) {
    const value = values[row.key ?? name];
    if (row.flag === undefined || value === undefined) continue;
    const unit = row.flagUnit ?? 1;
    found[name] = unit === 1 ? value : Math.round((value as number) * unit);
  }
  return found;
}

/** The first sentence in the style of `--help`: no capital at the start, no full stop. */
export function firstSentence(doc: string): string {
  const sentence = doc
    .split(/(?<=\.) /)[0]
    .replace(/\.$/, "")
    .replaceAll("`", "");
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0].toLowerCase() + sentence.slice(1) : sentence;
}

function defined<Value extends object>(values: Value): Partial<Value> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<Value>;
}
