import { optionsTable } from "../../../cli/testing/optionsTable.js";
import { SERVER_OPTION_ENTRIES } from "../table.js";

/** `docs/server-options.md`: every option, its flag and its name elsewhere. */
export function serverOptionsPage(): string {
  return [
    "# Server options",
    "",
    "Made from the table in `src/server/options/table.ts` (`npx vitest run src/server/options -u` writes this page). Programs pass",
    "them to `startServer` as `config`, on the command line `serve` takes the flags. Those of its engine are in",
    "[engine-options.md](engine-options.md); `formwork serve --help` lists both, and where to listen and what to log.",
    "",
    ...optionsTable(SERVER_OPTION_ENTRIES),
    "",
  ].join("\n");
}
