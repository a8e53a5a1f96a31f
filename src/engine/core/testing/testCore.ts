import type { Runtime } from "../../../runtime/index.js";
import { type CoreSettings, EngineCore } from "../core.js";

/** An engine without a process, with settings that suit short answers of a scripted model. */
export function testCore(runtime: Runtime, more: Partial<CoreSettings> = {}): EngineCore {
  return new EngineCore(runtime, {
    maxSequences: 4,
    queueLimit: 64,
    prefillChunk: 64,
    prefixTokens: 0,
    forcedBatching: true,
    grammarCacheEntries: 16,
    grammarCacheBytes: 1 << 24,
    maxWhitespace: 0,
    compileMs: 120_000,
    log: () => {},
    ...more,
  });
}
