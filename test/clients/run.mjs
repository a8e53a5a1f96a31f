// `npm run test:clients`: the clients people use, from their registries, against `formwork serve` with the default model.
// Prints what works and writes it into docs/clients.md. Exit code 1 where something fails that the page says works; the page
// is then left as it is, unless `--accept` is given.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../dist/system/index.js";
import { isInstalled, paths } from "../../scripts/project.mjs";
import { brokenPromises, pageWith, tableOf } from "./table.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const page = join(paths.root, "docs", "clients.md");
const MAX_CLIENT_MS = 10 * 60_000;

process.exitCode = await main();

async function main() {
  const python = await installClients();
  const server = await startServer();
  const outcomes = [];
  try {
    for (const command of clientCommands(python)) outcomes.push(...(await runClient(command, server.url)));
  } finally {
    server.child.kill("SIGTERM");
  }
  const text = readFileSync(page, "utf8");
  const broken = brokenPromises(text, outcomes);
  console.log(`\n${tableOf(outcomes)}`);
  for (const line of broken) console.log(`The page says that this works: ${line}`);
  if (broken.length > 0 && !process.argv.includes("--accept")) return 1;
  writeFileSync(page, pageWith(text, outcomes));
  return broken.length > 0 ? 1 : 0;
}

/** Installs what the two lock files name, once, and returns the Python to run clients with. */
async function installClients() {
  if (!isInstalled(folder, true)) {
    // AI SDK 7 names a later Node.js than Formwork's oldest; it runs there, too.
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--engine-strict=false"], {
      cwd: folder,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (status !== 0) throw new Error("npm ci failed.");
  }
  const file = join(folder, "requirements.txt");
  const contents = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  const environment = await pythonEnvironment(
    { name: `clients-${contents}`, file },
    { onProgress: (line) => console.error(line) },
  );
  return environment.python;
}

/** Resolves once the server listens, to its process and URL. */
function startServer() {
  const words = [paths.program, "serve", "--port", "0", "--served-model-name", "gpt-4o-mini"];
  const child = spawn(process.execPath, words, {
    env: { FORMWORK_THREADS: "1", ...process.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`The server ended with exit code ${code}.`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /Formwork listens on (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve({ child, url });
    });
  });
}

/** One command for each file; words on the command line choose files by a part of their name. */
function clientCommands(python) {
  const chosen = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const files = (language) =>
    readdirSync(join(folder, language))
      .filter((name) => /\.(?:mjs|py)$/.test(name) && !name.startsWith("scenarios."))
      .filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
      .map((name) => join(folder, language, name));
  return [
    ...files("javascript").map((file) => [process.execPath, file]),
    ...files("python").map((file) => [python, file]),
  ];
}

/** The outcomes that one client prints; one that breaks off is an outcome too. */
async function runClient([program, file], url) {
  const child = spawn(program, [file], {
    env: {
      ...process.env,
      FORMWORK_CLIENTS_URL: url,
      // Nothing but the server is called.
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      OPENAI_AGENTS_DISABLE_TRACING: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MAX_CLIENT_MS,
  });
  const outcomes = [];
  let said = "";
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const outcome = JSON.parse(line);
    outcomes.push(outcome);
    console.log(`${outcome.client}: ${outcome.scenario}: ${outcome.failure ?? "works"}`);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${file} ended with exit code ${code}: ${said}`);
  return outcomes;
}
