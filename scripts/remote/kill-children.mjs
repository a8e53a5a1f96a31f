#!/usr/bin/env node
// Kills the plug-in's children of a server on this machine with SIGKILL at random moments, one at a time, while
// check-plugin.mjs sends requests to that server: no document may be invalid or lost.
//
//   node scripts/remote/kill-children.mjs --server PID [--times 20] [--seconds 4]
//
// PID: vllm-on-cpu.mjs or sglang-on-cpu.mjs, or the server itself. --seconds: mean time between two kills. Linux only.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    times: { type: "string", default: "20" },
    seconds: { type: "string", default: "4" },
  },
});
if (values.server === undefined) {
  console.error("usage: kill-children.mjs --server PID [--times 20] [--seconds 4]");
  process.exit(2);
}

let killed = 0;
while (killed < Number(values.times)) {
  await sleep(2000 * Number(values.seconds) * Math.random());
  const children = childrenOf(Number(values.server));
  if (children.length === 0) continue;
  const child = children[Math.floor(Math.random() * children.length)];
  process.kill(child, "SIGKILL");
  console.log(`${++killed} of ${values.times}: ${child}`);
}

/** Process IDs of the mask programs among the descendants of `server`. */
function childrenOf(server) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const status = read(`/proc/${name}/status`);
    parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
  }
  const isBelow = (pid) => pid > 1 && (pid === server || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(
    (pid) => read(`/proc/${pid}/cmdline`).split("\0")[1]?.endsWith("plugin/main.js") && isBelow(pid),
  );
}

/** Empty if the process has exited meanwhile. */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
