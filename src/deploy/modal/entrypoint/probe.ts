import { proveEngineOnce } from "./inference.js";
import type { ContainerSettings } from "./settings.js";

/** Number of consecutive failed probes after which an engine counts as stuck. */
const MAX_FAILURES = 2;

/** Time limit of a probe in seconds; it may have to wait for requests that occupy the engine. */
const PROBE_SECONDS = 120;

/**
 * Detects a hung engine: if no generation has finished for `probeSeconds`, the engine is probed with a small inference. After two
 * consecutive failures without a finished generation, `onStuck` is called, once.
 */
export class Probe {
  readonly #settings: ContainerSettings;
  readonly #onStuck: () => void;
  #timer: NodeJS.Timeout | undefined;
  #answered = -1;
  #failures = 0;

  constructor(settings: ContainerSettings, onStuck: () => void) {
    this.#settings = settings;
    this.#onStuck = onStuck;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#settings.probeSeconds * 1000);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const timer = this.#timer;
    const answered = await answeredGenerations(this.#settings);
    const isIdle = answered === this.#answered;
    this.#answered = answered;
    if (!isIdle || (await this.#proves())) this.#failures = 0;
    else this.#failures++;
    if (this.#timer !== timer) return;
    if (this.#failures < MAX_FAILURES) return this.#schedule();
    this.stop();
    this.#onStuck();
  }

  async #proves(): Promise<boolean> {
    try {
      await proveEngineOnce(this.#settings, Math.min(PROBE_SECONDS, this.#settings.probeSeconds));
      return true;
    } catch {
      return false;
    }
  }
}

/** Generations finished by the server since its start; 0 if unknown. */
async function answeredGenerations({ port }: ContainerSettings): Promise<number> {
  const key = process.env["FORMWORK_API_KEY"]?.split(",")[0];
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(5000),
    });
    return Number(/^formwork_output_token_seconds_count (\d+)/m.exec(await answer.text())?.[1] ?? 0);
  } catch {
    // The server is restarting.
    return 0;
  }
}
