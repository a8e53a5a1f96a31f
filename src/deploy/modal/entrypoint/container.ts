import { createClient, waitUntilWarm } from "../../../client/index.js";
import { FormworkError, toFormworkError } from "../../../errors.js";
import { Child } from "./children.js";
import { proveEngine, putToSleep, waitForEngine, wake } from "./inference.js";
import { Probe } from "./probe.js";
import type { ContainerSettings } from "./settings.js";

/** `failed` is final: the container has to be replaced. */
export type ContainerState = "new" | "loading" | "booted" | "ready" | "draining" | "drained" | "failed";

export interface ContainerReport {
  state: ContainerState;
  /** The stage while `loading`. */
  stage?: string;
  error?: string;
  /** Milliseconds of the stages of this start. */
  stages: Record<string, number>;
  /** Restarts of the engine after it died or hung. */
  engineRestarts: number;
  /** Restarts of the server after it died next to a running engine. */
  serverRestarts: number;
}

/** Maximum number of restarts of an engine or a server. */
const MAX_RESTARTS = 3;

/** Maximum seconds of one inference of a running engine, including the first compilation. */
const INFERENCE_SECONDS = 600;

/** Grace period of the engine in seconds. */
const ENGINE_STOP_SECONDS = 10;

/**
 * The steps of a container: `boot` starts the engine and tests it with real inferences, `open` serves it on the public port, `drain` lets
 * requests finish and shuts everything down. Nothing listens on the public port before a real inference has finished.
 */
export class Container {
  readonly #settings: ContainerSettings;
  readonly #stages: Record<string, number> = {};
  #state: ContainerState = "new";
  #stage: string | undefined;
  #error: string | undefined;
  #engine: Child | undefined;
  #server: Child | undefined;
  #probe: Probe | undefined;
  #engineRestarts = 0;
  #serverRestarts = 0;

  constructor(settings: ContainerSettings) {
    this.#settings = settings;
  }

  report(): ContainerReport {
    return {
      state: this.#state,
      ...(this.#stage === undefined ? {} : { stage: this.#stage }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
      stages: { ...this.#stages },
      engineRestarts: this.#engineRestarts,
      serverRestarts: this.#serverRestarts,
    };
  }

  /**
   * Starts the engine and waits until a real inference has finished; then puts it to sleep if a snapshot will be taken. The embedded engine
   * is started with its server, since Modal sends no requests before `open` has finished.
   */
  async boot(): Promise<void> {
    this.#expect("new");
    await this.#orFail(async () => {
      if (this.#isAlone) {
        await this.#during("serve", () => this.#startServer());
        await this.#during("inference", () => proveEngine(this.#settings, INFERENCE_SECONDS));
      } else {
        await this.#startEngine();
        if (this.#settings.sleep) await this.#during("sleep", () => putToSleep(this.#settings));
      }
      this.#state = "booted";
    });
  }

  /** Wakes the engine if it sleeps, and opens the public port. Resolves when a request through the port has succeeded. */
  async open(): Promise<void> {
    this.#expect("booted");
    await this.#orFail(async () => {
      if (this.#settings.sleep) {
        if (!this.#isAlone) await this.#during("wake", () => wake(this.#settings));
        await this.#during("inference", () => proveEngine(this.#settings, INFERENCE_SECONDS));
      }
      if (!this.#isAlone) await this.#during("serve", () => this.#startServer());
      this.#ready();
    });
  }

  /** Rejects new requests, lets running ones finish, ends server and engine. Can be called at any time. */
  async drain(): Promise<void> {
    this.#state = "draining";
    this.#probe?.stop();
    // The server stops waiting after `drainSeconds`; a little more avoids a race between the two.
    await this.#server?.stop(this.#settings.drainSeconds + 5);
    await this.#engine?.stop(ENGINE_STOP_SECONDS);
    this.#state = "drained";
  }

  /** Whether the embedded engine is used, without a separate engine process. */
  get #isAlone(): boolean {
    return this.#settings.command.length === 0;
  }

  async #startEngine(): Promise<void> {
    const engine = new Child("The engine", this.#settings.command);
    this.#engine = engine;
    await this.#during("engine", () => waitForEngine(this.#settings, engine, this.#settings.bootSeconds));
    await this.#during("inference", () => proveEngine(this.#settings, INFERENCE_SECONDS));
    void engine.ended.then((how) => this.#engineEnded(engine, how));
  }

  async #startServer(): Promise<void> {
    const server = new Child("formwork serve", this.#settings.serveCommand);
    this.#server = server;
    const client = createClient({
      baseUrl: `http://127.0.0.1:${this.#settings.port}`,
      apiKey: process.env["FORMWORK_API_KEY"]?.split(",")[0],
    });
    const stop = new AbortController();
    try {
      await Promise.race([
        waitUntilWarm(client, { timeoutMs: INFERENCE_SECONDS * 1000, intervalMs: 100, signal: stop.signal }),
        server.ended.then((how) => Promise.reject(server.failure(`${how} before it was ready`))),
      ]);
    } finally {
      stop.abort();
    }
    void server.ended.then((how) => this.#serverEnded(server, how));
  }

  /** Starts supervising the engine. */
  #ready(): void {
    this.#state = "ready";
    this.#probe?.stop();
    this.#probe = new Probe(this.#settings, () => void (this.#engine ?? this.#server)?.kill());
  }

  /** The server died, but the engine, which takes minutes to load, runs: restarts only the server, a few times at most. */
  async #serverEnded(server: Child, how: string): Promise<void> {
    if (this.#ending() || server !== this.#server) return;
    if (this.#serverRestarts >= MAX_RESTARTS) {
      this.#fail(server.failure(how));
      return;
    }
    this.#serverRestarts++;
    try {
      await this.#startServer();
    } catch (thrown) {
      await this.#serverEnded(this.#server!, toFormworkError(thrown).message);
    }
  }

  /** The engine died, and the server answers 503: restarts the engine, a few times at most. */
  async #engineEnded(engine: Child, how: string): Promise<void> {
    if (this.#ending() || engine !== this.#engine) return;
    if (this.#state !== "ready" || this.#engineRestarts >= MAX_RESTARTS) {
      this.#fail(engine.failure(how));
      return;
    }
    this.#engineRestarts++;
    this.#probe?.stop();
    try {
      await this.#startEngine();
      this.#ready();
    } catch (thrown) {
      if (!this.#ending()) this.#fail(toFormworkError(thrown));
    }
  }

  #ending(): boolean {
    return this.#state === "draining" || this.#state === "drained" || this.#state === "failed";
  }

  async #during(stage: string, work: () => Promise<unknown>): Promise<void> {
    this.#state = "loading";
    this.#stage = stage;
    const began = performance.now();
    await work();
    this.#stages[stage] = (this.#stages[stage] ?? 0) + Math.round(performance.now() - began);
    this.#stage = undefined;
  }

  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const error = toFormworkError(thrown);
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: FormworkError): void {
    this.#state = "failed";
    this.#error = error.message;
  }

  #expect(state: ContainerState): void {
    if (this.#state === state) return;
    throw new FormworkError(
      "wrong_usage",
      `This step comes from the state "${state}"; the container is "${this.#state}".`,
    );
  }
}
