import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FormworkError } from "../../errors.js";
import { preparedFolder } from "../../system/index.js";
import type { Target, TargetAnswer, TargetRequest, WarmupTimes } from "../target.js";
import { failedAnswer } from "../targets/failedAnswer.js";
import { LineProcess } from "./lineProcess.js";
import { runTool } from "./runTool.js";
import { type PeerSettings, systemMessage } from "./settings.js";

const PACKAGE = "node-llama-cpp";

// Runs in the peer's folder, where the import finds the package. Each input line is a request, each output line its answer.
const PROGRAM = `
import { createInterface } from "node:readline";
import { getLlama, LlamaChatSession } from "node-llama-cpp";
const settings = JSON.parse(process.argv[2]);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error" });
const model = await llama.loadModel({ modelPath: settings.modelPath });
const context = await model.createContext({
  contextSize: settings.contextLength, threads: settings.threads, sequences: 1,
});
const sequence = context.getSequence();
const grammars = new Map();
const grammarOf = async (schema) => {
  const text = JSON.stringify(schema);
  if (!grammars.has(text)) grammars.set(text, await llama.createGrammarForJsonSchema(schema));
  return grammars.get(text);
};
const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
say({ ready: true, threads: context.currentThreads, build: llama.buildType });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const began = performance.now();
  let first = null, tokens = 0;
  try {
    const grammar = request.free ? undefined : await grammarOf(request.schema);
    const compiled = performance.now() - began;
    const session = new LlamaChatSession({ contextSequence: sequence, systemPrompt: request.system });
    const answer = await session.promptWithMeta(request.prompt, {
      grammar, maxTokens: request.maxTokens, temperature: request.temperature, topP: request.topP, topK: 0, minP: 0,
      seed: request.seed, trimWhitespaceSuffix: false,
      onToken(some) { first ??= performance.now() - began; tokens += some.length; },
    });
    const total = performance.now() - began;
    session.dispose({ disposeSequence: false });
    say({ text: answer.responseText, stop: answer.stopReason, first, tokens, total, compiled });
  } catch (error) {
    say({ error: String(error?.message ?? error), total: performance.now() - began });
  }
}
process.exit(0);
`;

interface Reply {
  text?: string;
  stop?: string;
  first?: number | null;
  tokens?: number;
  total: number;
  compiled?: number;
  error?: string;
}

/**
 * node-llama-cpp as a peer: in a separate process and folder, with the shared libraries that this project loads, and the grammar that it
 * derives from a schema. One request at a time.
 */
export class NodeLlamaTarget implements Target {
  readonly name: string;
  readonly kind = "node-llama-cpp";
  private readonly settings: PeerSettings;
  private process: LineProcess | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private facts: Record<string, string | number> = {};

  constructor(settings: PeerSettings, name = PACKAGE) {
    this.settings = settings;
    this.name = name;
  }

  async describe(): Promise<Record<string, string | number>> {
    const { contextLength } = this.settings;
    return { package: `${PACKAGE} ${librariesVersion()}`, context: contextLength, ...this.facts };
  }

  async isWarm(): Promise<boolean> {
    return this.process !== undefined;
  }

  async warmup(): Promise<WarmupTimes> {
    if (this.process !== undefined) return { total_ms: 0, stages: {} };
    const version = librariesVersion();
    const folder = await preparedFolder(
      join(this.settings.cacheFolder, "bench", `${PACKAGE}-${version}`),
      (draft) => install(draft, version),
    );
    await linkLibraries(folder);
    const program = join(folder, "peer.mjs");
    await writeFile(program, PROGRAM);
    const began = performance.now();
    const settings = JSON.stringify(this.settings);
    const started = new LineProcess(this.name, process.execPath, [program, settings], folder);
    const { threads, build } = JSON.parse(await started.next()) as { threads: number; build: string };
    this.facts = { threads, build };
    this.process = started;
    return { total_ms: performance.now() - began, stages: { load: performance.now() - began } };
  }

  async cool(): Promise<void> {
    await this.close();
  }

  /** Requests wait for each other, because the peer has one sequence. Waiting counts, as it would for a user. */
  generate(request: TargetRequest): Promise<TargetAnswer> {
    const began = performance.now();
    const answer = this.turn.then(() => this.ask(request, began));
    this.turn = answer;
    return answer;
  }

  async close(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    await process?.close();
  }

  private async ask(request: TargetRequest, began: number): Promise<TargetAnswer> {
    const { prompt, schema, maxTokens, temperature, topP, seed, constraint } = request;
    const system = systemMessage(request, this.settings);
    const free = constraint === "free";
    const waited = performance.now() - began;
    try {
      if (this.process === undefined) throw new FormworkError("not_ready", `${this.name} is not started.`);
      this.process.send(JSON.stringify({ system, prompt, schema, maxTokens, temperature, topP, seed, free }));
      const reply = JSON.parse(await this.process.next()) as Reply;
      if (reply.error !== undefined) {
        return failedAnswer("upstream_error", reply.error, performance.now() - began);
      }
      const first = reply.first ?? null;
      return {
        text: reply.text ?? "",
        error: null,
        latency_ms: performance.now() - began,
        first_token_ms: first === null ? null : waited + first,
        prompt_tokens: null,
        cached_tokens: null,
        completion_tokens: reply.tokens ?? null,
        forced_tokens: null,
        attempts: 1,
        finish_reason: reply.stop ?? null,
        stages:
          first === null
            ? {}
            : {
                queue: waited,
                compile: reply.compiled ?? 0,
                prefill: first - (reply.compiled ?? 0),
                decode: reply.total - first,
              },
      };
    } catch (thrown) {
      return failedAnswer("upstream_error", (thrown as Error).message, performance.now() - began);
    }
  }
}

/** Folder and version of this platform's shared libraries, as used by the project. */
function librariesPackage(): { name: string; folder: string; version: string } {
  const require = createRequire(import.meta.url);
  const system = { darwin: "mac", win32: "win" }[process.platform as string] ?? process.platform;
  const machine = system === "mac" && process.arch === "arm64" ? "arm64-metal" : process.arch;
  const name = `@node-llama-cpp/${system}-${machine}`;
  try {
    // The package exports no manifest; its entry is one folder below it.
    const folder = dirname(dirname(require.resolve(name)));
    return { name, folder, version: require(join(folder, "package.json")).version };
  } catch (cause) {
    throw new FormworkError(
      "engine_unavailable",
      `${name} is not installed: there is nothing to compare on.`,
      { cause },
    );
  }
}

function librariesVersion(): string {
  return librariesPackage().version;
}

/** Installs the package without its builds and scripts. */
async function install(folder: string, version: string): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional"];
  await runTool("npm", ["install", ...quiet, `${PACKAGE}@${version}`], folder);
}

/** Links this project's libraries to where the package looks for its own, each time, because a checkout may have moved. */
async function linkLibraries(folder: string): Promise<void> {
  const libraries = librariesPackage();
  const link = join(folder, "node_modules", libraries.name);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { recursive: true, force: true });
  await symlink(libraries.folder, link, "dir");
}
