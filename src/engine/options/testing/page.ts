import { code, optionsTable } from "../../../cli/testing/optionsTable.js";
import { engineOption, OPTION_NAMES } from "../table.js";

/** `docs/engine-options.md`: every option, its flag and its name elsewhere. */
export function optionsPage(): string {
  return [
    "# Engine options",
    "",
    "Made from the table in `src/engine/options/table.ts` (`npx vitest run src/engine/options -u` writes this page). Programs pass",
    "them to `createEngine`; on the command line `generate`, `serve` and the benches take the flags. `serve` alone has",
    `${OPTION_NAMES.filter((name) => engineOption(name).only === "serve")
      .map((name) => code(engineOption(name).flag!.split(" ")[0]))
      .join(" and ")}. \`log\`, a function, receives the engine's log lines.`,
    "",
    ...optionsTable(OPTION_NAMES.map((name) => [name, engineOption(name)])),
    "",
  ].join("\n");
}
