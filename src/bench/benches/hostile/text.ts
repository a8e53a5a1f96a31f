import { HOSTILE_REACH, type HostileCase, type HostileResults, type OrdinaryTimes } from "./bench.js";

/** The worst values of all cases, with the goals. */
export function hostileSummary({ alone, cases, memoryBefore, memoryAfter }: HostileResults) {
  const worst = (read: (one: HostileCase) => number) => Math.max(0, ...cases.map(read));
  const kept = memoryAfter.server + memoryAfter.engine - memoryBefore.server - memoryBefore.engine;
  return {
    addedMs: worst(({ ordinaryMs }) => ordinaryMs) - alone.medianMs,
    healthMs: worst(({ healthMs }) => healthMs),
    memoryBytes: kept,
    restarts: worst(({ restarts }) => restarts),
    faults: cases.flatMap(({ answers }) => answers).filter((answer) => /^5|no answer/.test(answer)).length,
  };
}

/** One line per case: how it was answered, and its effect on others. */
export function hostileLine({ name, answers, hostileMs, ordinaryMs, healthMs, memory }: HostileCase): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)}`.padStart(6);
  const milliseconds = (time: number) => `${Math.round(time)}`.padStart(7);
  const said = [...new Set(answers)].join(", ");
  return (
    `${milliseconds(ordinaryMs)}${milliseconds(healthMs)}${milliseconds(hostileMs)}` +
    `${megabytes(memory.engine)}${megabytes(memory.server)}  ${name.slice(0, 48).padEnd(48)}  ${said}`
  );
}

export const HOSTILE_HEADER =
  "ordinary health hostile engine server\n  ms      ms      ms      MB    MB  schema";

/** The last lines: the worst values and the goals. */
export function hostileText(results: HostileResults): string {
  const { addedMs, healthMs, memoryBytes, restarts, faults } = hostileSummary(results);
  const { alone, besideOne, besideMany } = results;
  const times = ({ medianMs, worstMs, healthMs }: OrdinaryTimes) =>
    `${medianMs.toFixed(0)} ms (median), at most ${worstMs.toFixed(0)} ms; /health at most ${healthMs.toFixed(0)} ms.`;
  return [
    "",
    `Alone, an ordinary request takes ${times(alone)}`,
    `Beside a neighbour with an ordinary schema: ${times(besideOne)}`,
    ...(besideMany === undefined ? [] : [`Beside as many of them as hostile ones: ${times(besideMany)}`]),
    `Beside hostile schemas: ${addedMs.toFixed(0)} ms later at most (reach ${HOSTILE_REACH.addedMs}), /health ${healthMs.toFixed(0)} ms (${HOSTILE_REACH.healthMs}),`,
    `${(memoryBytes / 1e6).toFixed(0)} MB more in the end (${HOSTILE_REACH.memoryBytes / 1e6}), ${restarts} restarts (${HOSTILE_REACH.restarts}), ${faults} answers that are faults of the server (0).`,
    "",
  ].join("\n");
}
