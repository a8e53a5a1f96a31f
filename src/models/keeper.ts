/**
 * The keeper of a download: a process between ours and the Python client. When our process ends, for whatever reason, the channel
 * closes; the keeper then terminates the client and its children, and removes their files. Without it, the client would
 * continue as an orphan and leave its files behind.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

/** Exit code if the client is not installed; the clients do not use it. */
const NO_CLIENT = 97;

// The channel may have closed while this program was loading.
if (!process.connected) process.exit(1);

const [folder, command, ...words] = process.argv.slice(2);

// A separate process group, so that the client's children end with it.
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

// Any message cancels the download.
process.once("message", stop);
process.once("disconnect", stop);
// Ctrl-C on a terminal reaches the whole group, but the parent decides about the download.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
