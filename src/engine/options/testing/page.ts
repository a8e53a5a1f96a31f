import { variableOf } from "../../../cli/config/setting.js";
import type { EngineOption } from "../option.js";
import { engineOption, OPTION_NAMES } from "../table.js";

/** `docs/engine-options.md`: every option, its flag and its name elsewhere. */
export function optionsPage(): string {
  const rows = OPTION_NAMES.map((name) => {
    const option = engineOption(name);
    const key = option.key ?? name;
    const flag = option.flag?.split(" ")[0];
    return [
      code(name),
      flag === undefined ? "" : [flag, variableOf(key), key].map(code).join(", "),
      valueText(option),
      option.default === undefined ? "" : code(JSON.stringify(option.default)),
      option.doc,
    ];
  });
  const head = ["option", "flag, variable, configuration key", "value", "default", ""];
  return [
    "# Engine options",
    "",
    "Made from the table in `src/engine/options/table.ts` (`npx vitest run src/engine/options -u` writes this page). Programs pass",
    "them to `createEngine`; on the command line `generate`, `serve` and the benches take the flags. `serve` alone has",
    `${OPTION_NAMES.filter((name) => engineOption(name).only === "serve")
      .map((name) => code(engineOption(name).flag!.split(" ")[0]))
      .join(" and ")}. \`log\`, a function, receives the engine's log lines.`,
    "",
    ...[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ].join("\n");
}

function valueText(option: EngineOption): string {
  if (option.kind === "choice") return option.choices.map(code).join(", ");
  if (option.kind !== "integer") return option.kind;
  const { minimum, maximum } = option;
  const range = maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return option.flagUnit === 1000 ? `${range}; the flag in seconds` : range;
}

function code(text: string): string {
  return `\`${text}\``;
}
