import { variableOf } from "../config/setting.js";

/** A row of a table of options, as a page of the documents shows it. */
export interface OptionRow {
  readonly kind: string;
  readonly doc: string;
  readonly flag?: string;
  readonly key?: string;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly flagUnit?: number;
}

/** The options as a Markdown table: name, flag and its name elsewhere, value, default, what it does. */
export function optionsTable(rows: readonly (readonly [name: string, row: OptionRow])[]): string[] {
  const head = ["option", "flag, variable, configuration key", "value", "default", ""];
  const cells = rows.map(([name, row]) => {
    const { flag, key = name } = row;
    return [
      code(name),
      flag === undefined ? "" : [flag.split(" ")[0], variableOf(key), key].map(code).join(", "),
      valueText(row),
      row.default === undefined ? "" : code(JSON.stringify(row.default)),
      row.doc,
    ];
  });
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`);
}

export function code(text: string): string {
  return `\`${text}\``;
}

function valueText({ kind, choices = [], minimum, maximum, flagUnit }: OptionRow): string {
  if (kind === "choice") return choices.map(code).join(", ");
  if (kind !== "integer") return kind === "list" ? "texts" : kind;
  const range = maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return flagUnit === 1000 ? `${range}; the flag in seconds` : range;
}
