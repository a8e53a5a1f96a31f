import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Engine, EngineState, EngineStatistics, GenerateResult } from "../engine/index.js";

const SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];
const STATES: readonly EngineState[] = ["idle", "loading", "ready", "failed"];

/** The metrics of `/metrics`: the server's measurements and, read on each request, the engine's counters. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests: Counter<"route" | "status">;
  private readonly duration: Histogram<"route">;
  private readonly firstToken: Histogram;
  private readonly perToken: Histogram;

  constructor(engine: Engine, inFlight: () => number, droppedLogLines: () => number = () => 0) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({
      name: "formwork_http_requests_total",
      help: "Answered requests by route and HTTP status.",
      labelNames: ["route", "status"],
      registers,
    });
    this.duration = new Histogram({
      name: "formwork_http_request_seconds",
      help: "From a request's arrival to the end of its answer.",
      labelNames: ["route"],
      buckets: SECONDS,
      registers,
    });
    this.firstToken = new Histogram({
      name: "formwork_first_token_seconds",
      help: "From arrival at the engine to the first completion token.",
      buckets: SECONDS,
      registers,
    });
    this.perToken = new Histogram({
      name: "formwork_output_token_seconds",
      help: "Decode time of a request over its completion tokens.",
      buckets: [0.0003, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1],
      registers,
    });
    new Gauge({
      name: "formwork_http_requests_in_flight",
      help: "Requests that hold the engine now.",
      registers,
      collect() {
        this.set(inFlight());
      },
    });
    new Gauge({
      name: "formwork_engine_state",
      help: "1 for the state the engine is in, 0 for the others.",
      labelNames: ["state"],
      registers,
      collect() {
        const { state } = engine.status();
        for (const name of STATES) this.set({ state: name }, name === state ? 1 : 0);
      },
    });
    new Counter({
      name: "formwork_log_dropped_total",
      help: "Log lines that nobody read and that were dropped.",
      registers,
      collect() {
        this.reset();
        this.inc(droppedLogLines());
      },
    });
    addEngineMetrics(this.registry, engine);
  }

  observeRequest(route: string, status: number, milliseconds: number): void {
    this.requests.inc({ route, status: String(status) });
    this.duration.observe({ route }, milliseconds / 1000);
  }

  observeResult({ timings, usage }: GenerateResult): void {
    this.firstToken.observe(timings.firstTokenMs / 1000);
    if (usage.completionTokens > 0) this.perToken.observe(timings.decodeMs / 1000 / usage.completionTokens);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The exposition text. */
  render(): Promise<string> {
    return this.registry.metrics();
  }
}

const COUNTERS: readonly [name: string, help: string, read: (statistics: EngineStatistics) => number][] = [
  ["requests", "Requests the engine took.", (s) => s.requests],
  ["failures", "Requests that failed.", (s) => s.failures],
  ["cancellations", "Requests whose client left.", (s) => s.cancellations],
  ["prompt_tokens", "Prompt tokens.", (s) => s.promptTokens],
  ["cached_tokens", "Prompt tokens whose KV cells were reused.", (s) => s.cachedTokens],
  ["completion_tokens", "Completion tokens.", (s) => s.completionTokens],
  ["forced_tokens", "Completion tokens that the schema forced.", (s) => s.forcedTokens],
  ["masks", "Masks computed.", (s) => s.masks],
  ["mask_seconds", "Time spent on masks.", (s) => s.maskMicroseconds / 1e6],
  ["decode_seconds", "Time inside the model's decode.", (s) => s.decodeMicroseconds / 1e6],
  ["step_seconds", "Time of whole decode steps.", (s) => s.stepMicroseconds / 1e6],
  ["restarts", "Restarts of the engine process.", (s) => s.restarts],
  ["repairs", "Further tries after an invalid answer of a remote engine.", (s) => s.repairs],
];

const GAUGES: readonly [name: string, help: string, read: (statistics: EngineStatistics) => number][] = [
  ["queued_requests", "Requests waiting for a free sequence.", (s) => s.queued],
  ["active_requests", "Requests being decoded.", (s) => s.active],
  ["sequences", "Requests that can be decoded side by side.", (s) => s.maxSequences],
  ["memory_bytes", "Resident memory of the engine process.", (s) => s.memoryBytes],
  ["memory_peak_bytes", "Peak resident memory of the engine process.", (s) => s.peakMemoryBytes],
];

function addEngineMetrics(registry: Registry, engine: Engine): void {
  const registers = [registry];
  for (const [name, help, read] of COUNTERS) {
    new Counter({
      name: `formwork_engine_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(engine.statistics()));
      },
    });
  }
  for (const [name, help, read] of GAUGES) {
    new Gauge({
      name: `formwork_engine_${name}`,
      help,
      registers,
      collect() {
        this.set(read(engine.statistics()));
      },
    });
  }
}
