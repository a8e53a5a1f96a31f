import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

// The tests of `npm run test:quick` start no process, and so neither an engine nor a browser: one that tries fails, and belongs in
// the list of vitest.config.ts. Only git, which answers at once, may be asked.

type Start = (command: string, ...words: unknown[]) => unknown;
const starts = childProcess as unknown as Record<string, Start>;

for (const name of ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"]) {
  const start = starts[name];
  starts[name] = (command, ...words) => {
    if (command === "git") return start(command, ...words);
    throw new Error(`A quick test starts ${command}: add its file to LONG in vitest.config.ts.`);
  };
}
syncBuiltinESMExports();
