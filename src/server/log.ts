import { type Logger, pino } from "pino";
import { type LogSink, openLogSink } from "./logSink.js";

/** Structured events: fields first, a sentence second. A pino logger is one. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error"> & {
  /** Number of lines dropped because the reader was too slow. */
  readonly dropped?: number;
};

/** Minimum level of logged events; `silent` logs none. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/**
 * Logs one line of JSON per event on stderr, so that stdout remains free for answers. Never blocks: lines that the reader does not
 * accept are dropped and counted, and the next line is preceded by one with their number.
 */
export function createLog(level: LogLevel = "info", sink?: LogSink): Log {
  let target = level === "silent" ? undefined : sink;
  let dropped = 0;
  let unreported = 0;
  const write = (line: string) => {
    target ??= openLogSink(2);
    if (unreported > 0 && target.write(droppedLine(unreported))) unreported = 0;
    if (target.write(line)) return;
    dropped++;
    unreported++;
  };
  const logger = pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return Object.defineProperty(logger, "dropped", { get: () => dropped });
}

function droppedLine(count: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 40, time, dropped: count, msg: "log lines were dropped: nobody read them" })}\n`;
}
