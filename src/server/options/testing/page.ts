import { variableOf } from "../../../cli/config/setting.js";
import type { ServerOption } from "../option.js";
import { SERVER_OPTION_ENTRIES } from "../table.js";

/** `docs/server-options.md`: every option, its flag and its name elsewhere. */
export function serverOptionsPage(): string {
  const rows = SERVER_OPTION_ENTRIES.map(([name, option]) => {
    const { flag, key = name } = option;
    return [
      code(name),
      flag === undefined ? "" : [flag.split(" ")[0], variableOf(key), key].map(code).join(", "),
      valueText(option),
      code(JSON.stringify(option.default)),
      option.doc,
    ];
  });
  const head = ["option", "flag, variable, configuration key", "value", "default", ""];
  return [
    "# Server options",
    "",
    "Made from the table in `src/server/options/table.ts` (`npx vitest run src/server/options -u` writes this page). Programs pass",
    "them to `startServer` as `config`, on the command line `serve` takes the flags. Those of its engine are in",
    "[engine-options.md](engine-options.md); `formwork serve --help` lists both, and where to listen and what to log.",
    "",
    ...[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ].join("\n");
}

function valueText(option: ServerOption): string {
  if (option.kind !== "integer") return option.kind === "list" ? "texts" : option.kind;
  const { minimum, maximum, flagUnit } = option;
  const range = maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return flagUnit === 1000 ? `${range}; the flag in seconds` : range;
}

function code(text: string): string {
  return `\`${text}\``;
}
