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
    // Who asks twice does not want to wait for a clean end.
    if (interrupt.signal.aborted) process.exit(code);
    interrupt.abort(code);
  });
}
// A reader that has seen enough (`| head`) is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

const exitCode = await runProgram(process.argv.slice(2), registry, processTerminal(), interrupt.signal);
// What was printed may still be on its way into a pipe; nothing else is worth staying for.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
