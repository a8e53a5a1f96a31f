import type { DeployEvent, DeployReport, MigrationProposal, ModalSettings } from "../../../deploy/index.js";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { text, toggle, type ValuesOf } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import { modalOptions, modalSettingsFlags, openModal } from "../../modal.js";
import type { Terminal } from "../../terminal/terminal.js";
import { stagesText } from "./stages.js";

const settings = {
  ...modalSettingsFlags,
  dryRun: toggle({
    flag: "--dry-run",
    description: "write and check the app file, deploy nothing",
    fallback: false,
  }),
  regenerate: toggle({
    flag: "--regenerate",
    description: "overwrite an existing app file",
    fallback: false,
  }),
  keep: toggle({
    flag: "--keep",
    description: "deploy the existing app file, ignoring differences",
    fallback: false,
  }),
  download: toggle({
    flag: "--download",
    description: "fetch the weights before the first start",
    off: "let the first container download the weights",
    fallback: true,
  }),
  from: text({
    flag: "--from <file>",
    description: "read an older app and propose what to deploy in its place",
    isPath: true,
  }),
  save: toggle({
    flag: "--save",
    description: "write these settings, or with --from the proposal, into formwork.config.json",
    fallback: false,
  }),
  json: toggle({ flag: "--json", description: "end with one line of JSON", fallback: false }),
};

type Values = ValuesOf<typeof settings>;

export const command = defineCommand({
  settings,
  examples: [
    ["deploy modal --dry-run", "writes modal_app.py and checks it with Modal's own package"],
    ["deploy modal --gpu L40S --mode prod", "builds the image, deploys, fetches the weights"],
    ["deploy modal --gpu H100 --gpu A100-80GB --snapshot", "whichever is free, started from a snapshot"],
    ['deploy modal --keep-warm "Mon-Fri 08:00-18:00" --time-zone Europe/Berlin', "warm at these times only"],
    ["deploy modal --from old_app.py", "says what to deploy in place of an older app"],
  ],
  notes:
    "The app file is yours once it exists: if it differs from what the settings would generate, the difference\n" +
    "is shown, and you choose --regenerate or --keep. Modal's package runs in an environment of its own, made by\n" +
    "uv if uv is installed. A token for Modal comes from `modal token new` or MODAL_TOKEN_ID and\n" +
    "MODAL_TOKEN_SECRET.",
  async run({ values, terminal, signal }) {
    if (values.keep && values.regenerate) {
      throw new FormworkError("wrong_usage", "--keep and --regenerate exclude each other.");
    }
    if (values.from !== undefined) return proposeFrom(values.from, values, terminal, signal);
    const { deployToModal, modalSettings, saveModalOptions, warmHoursOfWeek } = await import(
      "../../../deploy/index.js"
    );
    const chosen = modalSettings(modalOptions(values));
    if (values.save) {
      const path = await saveModalOptions(terminal.workingFolder, modalOptions(values));
      terminal.stderr.write(`${path}: written\n`);
    }
    const report = await deployToModal({
      settings: chosen,
      folder: terminal.workingFolder,
      choice: values.keep ? "keep" : values.regenerate ? "regenerate" : "ask",
      dryRun: values.dryRun,
      download: values.download,
      modal: () => openModal(values, terminal, signal),
      signal,
      onEvent: (event) => tell(event, terminal),
    });
    const warmHours = warmHoursOfWeek(chosen.keepWarm?.windows ?? []);
    terminal.stdout.write(values.json ? `${JSON.stringify(report)}\n` : summary(report, chosen, warmHours));
    return EXIT.done;
  },
});

function tell(event: DeployEvent, { stderr }: Terminal): void {
  switch (event.type) {
    case "diff":
      stderr.write(event.diff);
      return;
    case "file":
      stderr.write(`${event.report.path}: ${event.report.state}\n`);
      return;
    case "stage":
      stderr.write(`${event.text} ...\n`);
      return;
    case "log":
      stderr.write(`  ${event.line}\n`);
  }
}

/** The summary of a deployment or a dry run. */
function summary(report: DeployReport, settings: ModalSettings, warmHours: number): string {
  const { cost } = report;
  const { gpus, concurrency, keepWarm } = settings;
  const price = (dollars: number) => `$${dollars.toFixed(dollars > 0 && dollars < 0.1 ? 4 : 2)}`;
  const unpriced =
    cost.perContainerHour === 0 ? ` The price of ${gpus[0]!.spelling} is not in the table.` : "";
  const lines = [
    `${report.file} registers ${Object.keys(report.objects).join(", ")} as ${report.app}.`,
    `${price(cost.perContainerHour)} an hour for each container on ${gpus[0]!.spelling}, ${price(cost.idlePerHour)} when idle; ` +
      `about ${price(cost.perThousandRequests)} for 1,000 requests of 4 s, ${concurrency} at once, ` +
      `${price(cost.perLonelyRequest)} for one that finds nothing warm (GPU prices of ${cost.pricesOf}).${unpriced}`,
    `A cold start is expected to take ${stagesText(report.coldStart)}; \`formwork warm\` measures it.`,
  ];
  if (keepWarm !== undefined) {
    const weekly = cost.perContainerHour * warmHours * Math.max(1, settings.minContainers);
    lines.push(
      `Kept warm ${keepWarm.text} (${keepWarm.timeZone}): ${warmHours} h and about ${price(weekly)} a week.`,
    );
  }
  if (report.url === undefined) return `${[...lines, "Nothing was deployed (--dry-run)."].join("\n")}\n`;
  const times = [
    report.imageBuildSeconds === 0 ? "image unchanged" : `image built in ${report.imageBuildSeconds} s`,
    ...(report.downloadSeconds === undefined ? [] : [`weights fetched in ${report.downloadSeconds} s`]),
    `${report.totalSeconds.toFixed(1)} s in all`,
  ];
  return `${[
    `service  ${report.url}`,
    ...(report.healthUrl === undefined ? [] : [`health   ${report.healthUrl}/health (wakes no GPU)`]),
    ...(report.dashboardUrl === undefined ? [] : [`Modal    ${report.dashboardUrl}`]),
    times.join(", "),
    ...lines,
    "Callers send Modal-Key and Modal-Secret: `formwork secrets token` makes a pair, `formwork warm` starts a container.",
  ].join("\n")}\n`;
}

async function proposeFrom(
  file: string,
  values: Values,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { proposeMigration } = await import("../../../deploy/index.js");
  const proposal = await proposeMigration(await openModal(values, terminal, signal), file);
  if (values.save) {
    const { saveModalOptions } = await import("../../../deploy/index.js");
    const path = await saveModalOptions(terminal.workingFolder, proposal.options);
    terminal.stderr.write(`${path}: written\n`);
  }
  terminal.stdout.write(values.json ? `${JSON.stringify(proposal)}\n` : explain(proposal, values.save));
  return EXIT.done;
}

function explain({ options, endpoints, clients, notes }: MigrationProposal, isSaved: boolean): string {
  const bullets = (lines: string[]) => lines.map((line) => `- ${line}`);
  return `${[
    isSaved ? "Written into formwork.config.json:" : "For formwork.config.json (--save writes it):",
    JSON.stringify({ modal: options }, null, 2),
    "",
    "Addresses:",
    ...endpoints.map(({ before, after }) => `- ${before}\n    becomes ${after}`),
    "",
    "What clients have to do or will see:",
    ...bullets(clients),
    ...(notes.length === 0 ? [] : ["", "Not carried over, or to be looked at:", ...bullets(notes)]),
    "",
    "Then: formwork deploy modal --dry-run",
  ].join("\n")}\n`;
}
