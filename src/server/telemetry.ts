import type { Attributes, Context, Histogram, Span, Tracer } from "@opentelemetry/api";
import type { GenerateRequest, GenerateResult } from "../engine/index.js";
import { FormworkError } from "../errors.js";
import { version } from "../system/index.js";
import { totalUsage } from "./usage.js";

/** How a request ended. */
export interface RequestEnd {
  route: string;
  status: number;
  request: GenerateRequest | undefined;
  results: readonly GenerateResult[];
  failure: FormworkError | undefined;
}

/** Traces and metrics of a server, by OpenTelemetry's conventions for HTTP servers and generative models. */
export interface Telemetry {
  /** Starts the span of a request. The returned function ends it. */
  begin(method: string, path: string, headers: Headers): (end: RequestEnd) => void;
  /** Flushes pending data. */
  close(): Promise<void>;
}

const PACKAGES = [
  ...[
    "api",
    "resources",
    "sdk-trace-base",
    "sdk-metrics",
    "exporter-trace-otlp-http",
    "exporter-metrics-otlp-http",
  ],
].map((name) => `@opentelemetry/${name}`);

/** Operation names of the generation routes in the semantic conventions. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "chat",
  "/v1/responses": "chat",
  "/v1/messages": "chat",
  "/api/chat": "chat",
  "/v1/completions": "text_completion",
  "/api/generate": "text_completion",
};

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/**
 * Telemetry, if `OTEL_EXPORTER_OTLP_ENDPOINT` is set; otherwise undefined. OpenTelemetry's packages read its other variables
 * (`OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, ...). Throws `wrong_usage` if
 * they are not installed.
 *
 * Names: OpenTelemetry semantic conventions for HTTP and for generative AI (spans, and metrics of model servers).
 */
export async function openTelemetry(environment: NodeJS.ProcessEnv): Promise<Telemetry | undefined> {
  if (!environment["OTEL_EXPORTER_OTLP_ENDPOINT"] || environment["OTEL_SDK_DISABLED"] === "true")
    return undefined;
  const { api, resources, traces, metrics, traceExporter, metricExporter } = await packages();
  const resource = resources.detectResources({ detectors: [resources.envDetector] }).merge(
    resources.resourceFromAttributes({
      "service.name": environment["OTEL_SERVICE_NAME"] ?? "formwork",
      "service.version": version(),
    }),
  );
  const tracerProvider = new traces.BasicTracerProvider({
    resource,
    spanProcessors: [new traces.BatchSpanProcessor(new traceExporter.OTLPTraceExporter())],
  });
  const meterProvider = new metrics.MeterProvider({
    resource,
    readers: [
      new metrics.PeriodicExportingMetricReader({ exporter: new metricExporter.OTLPMetricExporter() }),
    ],
  });
  const meter = meterProvider.getMeter("formwork", version());
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: SECONDS } });
  const recorder = new Recorder(api, tracerProvider.getTracer("formwork", version()), {
    duration: histogram("gen_ai.server.request.duration", "From arrival to the end of the answer."),
    firstToken: histogram("gen_ai.server.time_to_first_token", "From arrival to the first token."),
    perToken: histogram("gen_ai.server.time_per_output_token", "Time for each token after the first."),
    tokens: meter.createHistogram("gen_ai.client.token.usage", {
      description: "Tokens of prompts and answers.",
      unit: "{token}",
      advice: { explicitBucketBoundaries: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144] },
    }),
  });
  return {
    begin: (method, path, headers) => recorder.begin(method, path, headers),
    async close() {
      // An unreachable collector must not prevent the server from exiting.
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()]);
    },
  };
}

async function packages() {
  // Optional, and absent where only the program is built: the compiler may not find them, which `@ts-expect-error` would
  // demand of it everywhere.
  // biome-ignore-start lint/suspicious/noTsIgnore: see above.
  try {
    const [api, resources, traces, metrics, traceExporter, metricExporter] = await Promise.all([
      import("@opentelemetry/api"),
      // @ts-ignore
      import("@opentelemetry/resources"),
      // @ts-ignore
      import("@opentelemetry/sdk-trace-base"),
      // @ts-ignore
      import("@opentelemetry/sdk-metrics"),
      // @ts-ignore
      import("@opentelemetry/exporter-trace-otlp-http"),
      // @ts-ignore
      import("@opentelemetry/exporter-metrics-otlp-http"),
    ]);
    // biome-ignore-end lint/suspicious/noTsIgnore: see above.
    return { api, resources, traces, metrics, traceExporter, metricExporter };
  } catch (cause) {
    throw new FormworkError(
      "wrong_usage",
      `OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: npm install ${PACKAGES.join(" ")}`,
      { cause },
    );
  }
}

interface Instruments {
  duration: Histogram;
  firstToken: Histogram;
  perToken: Histogram;
  tokens: Histogram;
}

class Recorder {
  readonly #api: typeof import("@opentelemetry/api");
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;

  constructor(api: typeof import("@opentelemetry/api"), tracer: Tracer, instruments: Instruments) {
    this.#api = api;
    this.#tracer = tracer;
    this.#instruments = instruments;
  }

  begin(method: string, path: string, headers: Headers): (end: RequestEnd) => void {
    const arrived = Date.now();
    const began = performance.now();
    const attributes = { "http.request.method": method, "url.path": path };
    const kind = this.#api.SpanKind.SERVER;
    const span = this.#tracer.startSpan(
      method,
      { kind, attributes, startTime: arrived },
      this.#parent(headers),
    );
    return (end) => {
      const seconds = (performance.now() - began) / 1000;
      this.#describe(span, method, end);
      if (end.request !== undefined) this.#measure(end, seconds);
      if (end.results[0] !== undefined) this.#stages(span, arrived, end.results[0]);
      span.end();
    };
  }

  /** The caller's span, from the header `traceparent` of W3C Trace Context. */
  #parent(headers: Headers): Context {
    const { ROOT_CONTEXT, trace } = this.#api;
    const [, traceId, spanId, flags] =
      /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(headers.get("traceparent") ?? "") ?? [];
    if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
    const parent = { traceId, spanId, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
    return this.#api.isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  }

  #describe(span: Span, method: string, { route, status, request, results, failure }: RequestEnd): void {
    span.setAttributes({ "http.route": route, "http.response.status_code": status });
    if (request === undefined) span.updateName(`${method} ${route}`);
    else {
      span.updateName(`${operationOf(route)} ${request.model ?? results[0]?.model ?? "default"}`);
      span.setAttributes(generationAttributes(route, request, results));
    }
    if (failure === undefined) return;
    span.setAttributes({ "error.type": failure.code });
    if (status >= 500) span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: failure.code });
  }

  #measure({ route, results, failure }: RequestEnd, seconds: number): void {
    const { duration, firstToken, perToken, tokens } = this.#instruments;
    const [first] = results;
    const attributes: Attributes = {
      "gen_ai.operation.name": operationOf(route),
      "gen_ai.provider.name": "formwork",
      ...(first && { "gen_ai.response.model": first.model }),
    };
    duration.record(seconds, { ...attributes, ...(failure && { "error.type": failure.code }) });
    if (first === undefined) return;
    const { promptTokens, completionTokens } = totalUsage(results);
    tokens.record(promptTokens, { ...attributes, "gen_ai.token.type": "input" });
    tokens.record(completionTokens, { ...attributes, "gen_ai.token.type": "output" });
    firstToken.record(first.timings.firstTokenMs / 1000, attributes);
    if (first.usage.completionTokens > 1) {
      perToken.record(first.timings.decodeMs / 1000 / (first.usage.completionTokens - 1), attributes);
    }
  }

  /** The stages of the engine as child spans, from the times that it reports at the end. */
  #stages(span: Span, arrived: number, { timings }: GenerateResult): void {
    const parent = this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, span);
    let at = arrived;
    for (const [name, milliseconds] of [
      ["queue", timings.queueMs],
      ["compile", timings.compileMs],
      ["prefill", timings.prefillMs],
      ["decode", timings.decodeMs],
    ] as const) {
      this.#tracer.startSpan(name, { startTime: at }, parent).end(at + milliseconds);
      at += milliseconds;
    }
  }
}

function operationOf(route: string): string {
  return OPERATIONS[route] ?? "generate_content";
}

function generationAttributes(
  route: string,
  request: GenerateRequest,
  results: readonly GenerateResult[],
): Attributes {
  const { promptTokens, cachedTokens, completionTokens, forcedTokens } = totalUsage(results);
  const [first] = results;
  return {
    "gen_ai.operation.name": operationOf(route),
    "gen_ai.provider.name": "formwork",
    "gen_ai.request.model": request.model,
    "gen_ai.request.max_tokens": request.maxTokens,
    "gen_ai.request.temperature": request.sampling.temperature,
    "gen_ai.request.top_p": request.sampling.topP,
    "gen_ai.request.seed": request.sampling.seed,
    "gen_ai.request.choice.count": results.length > 1 ? results.length : undefined,
    ...(first && {
      "gen_ai.response.model": first.model,
      "gen_ai.response.finish_reasons": results.map(({ finishReason }) => finishReason),
      "gen_ai.usage.input_tokens": promptTokens,
      "gen_ai.usage.output_tokens": completionTokens,
      "formwork.usage.cached_tokens": cachedTokens,
      "formwork.usage.forced_tokens": forcedTokens,
    }),
  };
}
