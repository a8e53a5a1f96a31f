// The table of docs/clients.md: written from outcomes, and read back to find what no longer works.

const BEGIN = "<!-- clients -->";
const END = "<!-- /clients -->";
const WORKS = "works";
const NOT_TRIED = "–";
const SCENARIOS = [
  "document",
  "streamed document",
  "tool call",
  "tool loop",
  "text",
  "model names",
  "errors",
];
const MAX_FAILURE_CHARACTERS = 160;

/** A row for each client, a column for each scenario. */
export function tableOf(outcomes) {
  const clients = new Map();
  for (const { client, version, scenario, failure } of outcomes) {
    if (!SCENARIOS.includes(scenario)) throw new Error(`The table has no column ${scenario}.`);
    if (!clients.has(client)) clients.set(client, { version, cells: new Map() });
    clients.get(client).cells.set(scenario, failure === undefined ? WORKS : shortened(failure));
  }
  const rows = [...clients].map(([client, { version, cells }]) => [
    client,
    version,
    ...SCENARIOS.map((scenario) => cells.get(scenario) ?? NOT_TRIED),
  ]);
  const head = ["client", "version", ...SCENARIOS];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** `client: scenario: failure` for each outcome that failed though the table in `page` says that it works. */
export function brokenPromises(page, outcomes) {
  const promised = new Set();
  for (const line of parts(page).table.split("\n")) {
    const [client, , ...cells] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    cells.forEach((cell, column) => {
      if (cell === WORKS) promised.add(`${client}: ${SCENARIOS[column]}`);
    });
  }
  return outcomes
    .filter(({ failure }) => failure !== undefined)
    .map(({ client, scenario, failure }) => ({ place: `${client}: ${scenario}`, failure }))
    .filter(({ place }) => promised.has(place))
    .map(({ place, failure }) => `${place}: ${failure}`);
}

/** `page` with the rows of `outcomes`; those of clients that did not run stay. */
export function pageWith(page, outcomes) {
  const { before, table, after } = parts(page);
  const [head, rule, ...rows] = tableOf(outcomes).split("\n");
  const clientOf = (row) => row.split("|")[1].trim();
  const renewed = new Set(rows.map(clientOf));
  const kept = table
    .split("\n")
    .slice(2)
    .filter((row) => row !== "" && !renewed.has(clientOf(row)));
  const all = [...kept, ...rows].sort((one, other) => clientOf(one).localeCompare(clientOf(other), "en"));
  return `${before}${BEGIN}\n${[head, rule, ...all].join("\n")}\n${END}${after}`;
}

function parts(page) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/clients.md has no ${BEGIN} ... ${END}.`);
  return {
    before: page.slice(0, begin),
    table: page.slice(begin + BEGIN.length, end).trim(),
    after: page.slice(end + END.length),
  };
}

/** One line that does not break the table. */
function shortened(failure) {
  const line = failure.replace(/\s+/g, " ").replaceAll("|", "/").replaceAll("`", "'");
  return line.length <= MAX_FAILURE_CHARACTERS ? line : `${line.slice(0, MAX_FAILURE_CHARACTERS)} ...`;
}
