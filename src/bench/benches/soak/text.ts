import type { SoakOutcome, SoakResults } from "./bench.js";

const OUTCOMES: readonly SoakOutcome[] = [
  "valid",
  "rejected",
  "lost",
  "left",
  "late",
  "wrong",
  "error",
  "hung",
];

/** Number of requests with outcomes that must not occur: wrong answers, server errors, hangs. */
export function soakFaults({ outcomes }: SoakResults): number {
  const counts = Object.values(outcomes);
  return counts.reduce((sum, { wrong = 0, error = 0, hung = 0 }) => sum + wrong + error + hung, 0);
}

/** A table of kinds and outcomes, memory, and an example of each error. */
export function soakText(results: SoakResults): string {
  const { requests, kills, seconds, outcomes, faults, readings } = results;
  const cell = (text: string | number) => `${text}`.padStart(9);
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return [
    `${"".padEnd(12)}${OUTCOMES.map(cell).join("")}`,
    ...Object.entries(outcomes).map(
      ([kind, counts]) => `${kind.padEnd(12)}${OUTCOMES.map((name) => cell(counts[name] ?? 0)).join("")}`,
    ),
    "",
    `${requests} requests in ${Math.round(seconds)} s, the engine process killed ${kills} times: ${soakFaults(results)} wrong answers, errors and hangs.`,
    ...readings.map(
      ({ answers, memory }) =>
        `After ${answers} requests: engine ${megabytes(memory.engine.now)} (at most ${megabytes(memory.engine.peak)}), server ${megabytes(memory.server)}.`,
    ),
    ...faults,
    "",
  ].join("\n");
}
