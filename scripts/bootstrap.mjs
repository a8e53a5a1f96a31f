// `npm start`, `npm test`, `npm run generate` and others of package.json: make ready what is missing, then run.
// Works on a fresh clone, where nothing is installed; says what it does on stderr and leaves stdout alone.
import { spawnSync } from "node:child_process";
import { compilerFolder, isBuilt, isInstalled, paths } from "./project.mjs";

const [task, ...words] = process.argv.slice(2);

const CLEAN_INSTALL = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];

const tasks = {
  start: () => runProgram(["serve", ...words]),
  generate: () => runProgram(["generate", ...words]),
  run: () => runProgram(words),
  test: runTests,
  quick: runQuickTests,
  clients: runClients,
  reference: writeReference,
};

try {
  if (!Object.hasOwn(tasks, task)) throw new Error(`Use one of: ${Object.keys(tasks).join(", ")}.`);
  requireNode(20, 19);
  install(task === "test" || task === "quick");
  if (!isBuilt()) {
    report("Building ...");
    const { build } = await import("./build.mjs");
    await build();
  }
  await tasks[task]();
} catch (error) {
  report(error.message);
  process.exitCode = 1;
}

/**
 * Packages that are missing. Tests bring browsers and other runtimes, half a gigabyte; to run and build the program takes
 * a seventh of that.
 */
function install(withTests) {
  if (!isInstalled(paths.root, withTests)) {
    report("Installing packages ...");
    must("npm", [...CLEAN_INSTALL, ...(withTests ? [] : ["--omit=dev"])]);
  }
  const compiler = compilerFolder();
  if (isBuilt() || isInstalled(compiler, true)) return;
  report("Installing the compiler ...");
  must("npm", CLEAN_INSTALL, compiler);
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

/** Types, and the tests that start no process, model or browser. */
function runQuickTests() {
  process.env.FORMWORK_QUICK_TESTS = "1";
  const kept = ["--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc/quick.tsbuildinfo"];
  must(process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json", ...kept]);
  must(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...words]);
}

/** The clients people use, against a server; `test/clients` has packages of its own. */
function runClients() {
  must(process.execPath, [paths.program, "models", "pull"]);
  must(process.execPath, ["test/clients/run.mjs", ...words]);
}

/** The API reference; TypeDoc and its TypeScript are packages of that folder. */
function writeReference() {
  if (!isInstalled(paths.reference, true)) must("npm", CLEAN_INSTALL, paths.reference);
  must(process.execPath, ["scripts/reference/write.mjs"]);
}

function must(command, commandWords, folder = paths.root) {
  const { status, error } = spawnSync(command, commandWords, {
    cwd: folder,
    // On Windows, npm is a batch file.
    shell: process.platform === "win32" && command === "npm",
    // What these print is not the program's answer.
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

function report(text) {
  process.stderr.write(`${text}\n`);
}
