/**
 * The keeper of a download: a process between ours and the Python client. However ours ends, the channel between them
 * closes; the keeper then ends the client with everything it has started, and removes what it has written. Without it, a
 * client would run on as an orphan, and leave its files.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

/** Exit code where the client is not installed; no client uses it itself. */
const NO_CLIENT = 97;

// The channel may have closed while this program was being read.
if (!process.connected) process.exit(1);

const [folder, command, ...words] = process.argv.slice(2);

// A group of its own, so that what the client starts ends with it.
const client = spawn(command, words, {
  stdio: ["ignore", "inherit", "inherit"],
  detached: true,
  windowsHide: true,
});

function endClient(): void {
  if (client.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? client.pid : -client.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

client.once("error", () => process.exit(NO_CLIENT));
client.once("close", (code) => process.exit(code ?? 1));
function stop(): void {
  endClient();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(1);
}

// Any message means that the download is given up.
process.once("message", stop);
process.once("disconnect", stop);
// The terminal's Ctrl-C reaches the whole group: our parent decides what becomes of the download.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
