import type { PeerSettings, Target } from "../../../bench/index.js";
import { FormworkError } from "../../../errors.js";
import { engineOptions, openEngine } from "../../engine.js";
import { modelEnvironment, showDownload } from "../../models.js";
import { ProgressLine } from "../../terminal/progress.js";
import type { Terminal } from "../../terminal/terminal.js";
import type { BenchValues } from "./benchSettings.js";

/** Engines that a bench can download and start, for comparison. */
export const PEERS = ["llama-server", "node-llama-cpp"];

/** An embedded engine with these settings, as a target called `name`. */
export async function embeddedTarget(
  name: string,
  values: BenchValues,
  terminal: Terminal,
  more: { parallel: number; modelPath?: string; schemaInPrompt?: boolean },
) {
  const { EngineTarget } = await import("../../../bench/index.js");
  const { createEngine } = await import("../../../engine/index.js");
  const environment = modelEnvironment(terminal, values.cache);
  if (environment["FORMWORK_CACHE"] !== undefined)
    process.env["FORMWORK_CACHE"] = environment["FORMWORK_CACHE"];
  const threads = await threadsOf(values);
  const parallel = values.parallel ?? more.parallel;
  return new EngineTarget({
    name,
    facts: { threads, parallel },
    create: () =>
      createEngine({
        ...engineOptions({ ...values, engine: "llama" }),
        ...(more.modelPath === undefined ? {} : { model: more.modelPath }),
        threads,
        maxSequences: parallel,
        schemaInPrompt: more.schemaInPrompt ?? true,
      }),
  });
}

/** A remote engine as a target of the same name. */
export async function remoteEngineTarget(engine: string, values: BenchValues): Promise<Target> {
  const { EngineTarget, VariantTarget } = await import("../../../bench/index.js");
  const opened = { ...values, engine, schemaInPrompt: true };
  const first = await openEngine(opened);
  // A variant without a difference: an engine elsewhere cannot be stopped for a cold start.
  return new VariantTarget(engine, new EngineTarget({ name: engine, create: () => first }), {});
}

/** What both sides of a comparison share. */
export async function peerSettings(
  values: BenchValues,
  terminal: Terminal,
  parallel: number,
): Promise<PeerSettings> {
  const { cacheFolder } = await import("../../../system/index.js");
  const { resolveModel } = await import("../../../models/index.js");
  const environment = modelEnvironment(terminal, values.cache);
  const line = new ProgressLine(terminal);
  try {
    const name = values.model;
    const { path } = await resolveModel(name, {
      environment,
      onProgress: (progress) => showDownload(line, name ?? "model", progress),
    });
    return {
      cacheFolder: cacheFolder(environment),
      modelPath: path,
      threads: await threadsOf(values),
      parallel,
      contextLength: values.contextLength ?? 2048,
      schemaInPrompt: false,
    };
  } finally {
    line.clear();
  }
}

export async function peerTarget(name: string, settings: PeerSettings): Promise<Target> {
  const { LlamaServerTarget, NodeLlamaTarget } = await import("../../../bench/index.js");
  if (name === "llama-server") return new LlamaServerTarget(settings);
  if (name === "node-llama-cpp") return new NodeLlamaTarget(settings);
  throw new FormworkError("wrong_usage", `--peer is llama-server or node-llama-cpp, not ${name}.`);
}

async function threadsOf(values: BenchValues): Promise<number> {
  const { detectThreads } = await import("../../../runtime/index.js");
  return values.threads ?? detectThreads();
}
