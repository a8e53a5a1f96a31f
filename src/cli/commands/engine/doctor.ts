import type { Attempt, Diagnosis } from "../../../runtime/index.js";
import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { engineSettings } from "../../engine.js";
import { EXIT } from "../../exit.js";
import { cacheSettings, megabytes } from "../../models.js";

export const command = defineCommand({
  settings: {
    accelerator: engineSettings.accelerator,
    ...cacheSettings,
    json: jsonToggle(),
  },
  examples: [
    ["doctor", "tries every build that is installed and shows the one that the engine will use"],
    ["doctor --accelerator cuda", "fails unless CUDA works"],
    ["doctor --json", "the same for programs, with the libraries' complete logs"],
  ],
  notes: "Each build runs a small random model in a separate process; the result must match that of the CPU.",
  async run({ values, terminal }) {
    const { diagnose, dotted, spelledRelease } = await import("../../../runtime/index.js");
    if (values.cache !== undefined) process.env["FORMWORK_CACHE"] = values.cache;
    const found = await diagnose(values.accelerator);
    const text = values.json ? JSON.stringify(found) : describe(found, { dotted, spelledRelease });
    terminal.stdout.write(`${text}\n`);
    return found.chosen === null ? EXIT.failed : EXIT.done;
  },
});

interface Spelling {
  dotted(architecture: number): string;
  spelledRelease(version: number): string;
}

function describe(found: Diagnosis, spelling: Spelling): string {
  const { platform, release, packages, attempts, chosen, advice } = found;
  return [
    `machine   ${platform}`,
    `driver    ${driverLine(found, spelling)}`,
    ...packages.map(
      ({ packageName, version }) => `package   ${packageName}: ${versionText(version, release)}`,
    ),
    ...attempts.flatMap((attempt) => attemptLines(attempt)),
    `engine    ${chosen ?? "none works"}`,
    ...advice.map((line) => `advice    ${line}`),
  ].join("\n");
}

function driverLine({ cuda }: Diagnosis, { dotted, spelledRelease }: Spelling): string {
  if ("missing" in cuda) return `none of NVIDIA: ${cuda.missing}`;
  const cards = cuda.devices.map(
    ({ name, capability, bytes }) =>
      `${name} (compute capability ${dotted(capability)}, ${megabytes(bytes)})`,
  );
  return `${spelledRelease(cuda.version)}: ${cards.join(", ") || "no GPU"}`;
}

function versionText(version: string | null, release: string): string {
  if (version === null) return "not installed";
  return version === release ? version : `${version}, where ${release} is needed`;
}

/** Maximum log lines shown for a failed build; --json has more. */
const MAX_LOG_LINES = 8;

function attemptLines({ build, failure, isTried, devices, log }: Attempt): string[] {
  const cards = devices.map(
    ({ name, description, freeBytes, totalBytes }) =>
      `${name} ${description}, ${megabytes(freeBytes)} of ${megabytes(totalBytes)} free`,
  );
  const works = cards.length > 0 ? `works on ${cards.join("; ")}` : "for the processor";
  const verdict = failure === null ? works : `${isTried ? "does not work" : "not tried"}: ${failure}`;
  const words = failure === null ? [] : log.slice(-MAX_LOG_LINES);
  return [`build     ${build.name}: ${verdict}`, ...words.map((line) => `            ${line}`)];
}
