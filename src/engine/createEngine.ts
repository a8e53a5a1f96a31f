import { EmbeddedEngine } from "./embedded/embeddedEngine.js";
import type { Engine } from "./engine.js";
import { type EngineOptions, normaliseOptions } from "./options/index.js";
import { createRemoteEngine, type RemoteEngineOptions } from "./remote/index.js";

/**
 * Creates an engine: an embedded one, or one that uses a remote server. Loads nothing until the first request or `warmup`. Throws
 * `wrong_usage`, naming an invalid option.
 */
export function createEngine(options: EngineOptions & { remote?: RemoteEngineOptions } = {}): Engine {
  const {
    engine = "llama",
    engineKey,
    modalKey,
    modalSecret,
    model,
    schemaInPrompt,
    deadlineMs,
    compileMs,
    log,
  } = options;
  if (engine === "llama") return new EmbeddedEngine(normaliseOptions(options));
  return createRemoteEngine(engine, {
    model,
    apiKey: engineKey,
    modalKey,
    modalSecret,
    schemaInPrompt,
    deadlineMs,
    compileMs,
    log,
    ...options.remote,
  });
}
