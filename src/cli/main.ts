#!/usr/bin/env node
import { EXIT } from "./exit.js";
import { runProgram } from "./program.js";
import { registry } from "./registry.js";
import { processTerminal } from "./terminal/terminal.js";

const interrupt = new AbortController();
for (const [name, code] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
] as const) {
  process.on(name, () => {
    // A second interrupt exits immediately.
    if (interrupt.signal.aborted) process.exit(code);
    interrupt.abort(code);
  });
}
// A reader that closes the pipe (`| head`) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

const exitCode = await runProgram(process.argv.slice(2), registry, processTerminal(), interrupt.signal);
// Waits for output that is still being written to a pipe, and nothing else.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
