import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ScriptedRuntimeOptions } from "../../runtime/index.js";

const compiled = (path: string) => pathToFileURL(resolve(import.meta.dirname, "../../../dist", path)).href;

/**
 * The program of an engine process without a model: the real process, core and scheduler over the scripted
 * runtime. `before`: statements run at the start. Needs the build.
 */
export function scriptedEntry(options: ScriptedRuntimeOptions = {}, before = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "formwork-engine-"));
  const file = join(folder, "child.mjs");
  writeFileSync(
    file,
    `
    import { runChild } from ${JSON.stringify(compiled("engine/process/child.js"))};
    import { EngineCore } from ${JSON.stringify(compiled("engine/core/core.js"))};
    import { createScriptedRuntime } from ${JSON.stringify(compiled("runtime/index.js"))};
    ${before}
    runChild(async (settings, report) => {
      report.stage("load");
      const runtime = createScriptedRuntime({ maxSequences: 8, ...${JSON.stringify(options)} });
      const core = new EngineCore(runtime, {
        ...settings, maxSequences: settings.maxSequences ?? 4, prefixTokens: 1024, log: report.log,
        // What the plan of a real model's memory decides.
        prefillChunk: settings.prefillChunk ?? 32,
      });
      const facts = {
        model: "scripted", architecture: "scripted", parameters: 0, contextLength: runtime.contextLength,
        maxSequences: settings.maxSequences ?? 4, cellCapacity: runtime.cellCapacity,
        batchCapacity: runtime.batchCapacity, threads: 1, modelBytes: 0, contextBytes: 0,
      };
      return { core, facts };
    });
    `,
  );
  return file;
}
