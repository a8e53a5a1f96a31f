import { type Logger, pino } from "pino";

/** Structured events: fields first, a sentence second. A pino logger is one. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** One line of JSON an event, on stderr, so that stdout stays free for answers. */
export function createLog(level: LogLevel = "info"): Log {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}
