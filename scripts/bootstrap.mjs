// `npm start`, `npm test`, `npm run generate` and `npm run formwork`: make ready what is missing, then run.
// Works on a fresh clone, where nothing is installed; says what it does on stderr and leaves stdout alone.
import { spawnSync } from "node:child_process";
import { isBuilt, isInstalled, paths } from "./project.mjs";

const [task, ...words] = process.argv.slice(2);

const tasks = {
  start: () => runProgram(["serve", ...words]),
  generate: () => runProgram(["generate", ...words]),
  run: () => runProgram(words),
  test: runTests,
};

try {
  if (!Object.hasOwn(tasks, task)) throw new Error(`Use one of: ${Object.keys(tasks).join(", ")}.`);
  requireNode(20, 19);
  if (!isInstalled()) {
    tell("Installing packages ...");
    must("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  if (!isBuilt()) {
    tell("Building ...");
    const { build } = await import("./build.mjs");
    build();
  }
  await tasks[task]();
} catch (error) {
  tell(error.message);
  process.exitCode = 1;
}

/** In this process: one start less to wait for. */
async function runProgram(programWords) {
  endWithShell();
  process.argv = [process.argv[0], paths.program, ...programWords];
  await import("../dist/cli/main.js");
}

/** npm passes SIGTERM on to the shell it started, and that shell to nobody: its end is what reaches us. */
function endWithShell() {
  const shell = process.ppid;
  const look = () => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  };
  const timer = setInterval(look, 500);
  timer.unref();
}

/** Lint and types, then every test; further words go to the test runner. */
function runTests() {
  must("npm", ["run", "--silent", "check"]);
  // Fetched before the clock of any test runs.
  must(process.execPath, [paths.program, "models", "pull"]);
  must(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...words]);
}

function must(command, commandWords) {
  const { status, error } = spawnSync(command, commandWords, {
    cwd: paths.root,
    // What these tell is no answer of the program.
    stdio: ["inherit", 2, 2],
  });
  if (error) throw new Error(`Cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${[command, ...commandWords].join(" ")} failed.`);
}

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  throw new Error(`Formwork needs Node ${major}.${minor} or newer; this is ${process.versions.node}.`);
}

function tell(text) {
  process.stderr.write(`${text}\n`);
}
