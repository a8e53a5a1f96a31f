import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createApp } from "./app.js";
import { serverConfig } from "./config.js";
import { createLog } from "./log.js";
import { openTelemetry } from "./telemetry.js";
import { person } from "./testing/app.js";
import { FakeEngine } from "./testing/fakeEngine.js";

let collector: Server | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  collector?.closeAllConnections();
  collector?.close();
});

interface Value {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  arrayValue?: { values: Value[] };
}
interface Attribute {
  key: string;
  value: Value;
}
interface SpanRecord {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}

/** A collector that keeps what it is sent, and an app that reports to it. */
async function observed() {
  const received: { path: string; body: string }[] = [];
  collector = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ path: request.url!, body });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => collector!.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
  vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
  const telemetry = (await openTelemetry(process.env))!;
  const engine = new FakeEngine({ text: '{"name":"Ada"}' });
  const app = createApp({ engine, config: serverConfig({}), log: createLog("silent"), telemetry });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const sent = async (path: string) => {
    await telemetry.close();
    return received.filter((one) => one.path === path).map(({ body }) => JSON.parse(body));
  };
  return { post, sent };
}

const valuesOf = (attributes: Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.intValue ??
        value.doubleValue ??
        value.arrayValue?.values.map((one) => one.stringValue),
    ]),
  );

test("a request is a span below the caller's, with the engine's stages below it", async () => {
  const { post, sent } = await observed();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await post("/generate", { prompt: "Who?", schema: person, max_tokens: 50, seed: 7 }, { traceparent });
  const [batch] = await sent("/v1/traces");
  expect(valuesOf(batch.resourceSpans[0].resource.attributes)).toMatchObject({
    ...{ "service.name": "formwork", "deployment.environment.name": "test" },
  });
  const spans: SpanRecord[] = batch.resourceSpans[0].scopeSpans[0].spans;
  const span = spans.find(({ name }) => name.startsWith("generate_content"))!;
  expect(span).toMatchObject({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    parentSpanId: "b7ad6b7169203331",
  });
  expect(valuesOf(span.attributes)).toMatchObject({
    ...{ "http.route": "/generate", "http.response.status_code": 200, "gen_ai.provider.name": "formwork" },
    ...{ "gen_ai.request.max_tokens": 50, "gen_ai.request.seed": 7 },
    ...{ "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.output_tokens": expect.any(Number) },
  });
  const stages = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).map(({ name }) => name);
  expect(stages).toEqual(["queue", "compile", "prefill", "decode"]);
});

test("a refused request names its error; no text of a caller is in what is sent", async () => {
  const { post, sent } = await observed();
  await post("/v1/chat/completions", { messages: [], secret: "do not send" });
  const [batch] = await sent("/v1/traces");
  const [span] = batch.resourceSpans[0].scopeSpans[0].spans as SpanRecord[];
  expect(span!.name).toBe("POST /v1/chat/completions");
  expect(valuesOf(span!.attributes)).toMatchObject({
    "error.type": "missing_field",
    "http.response.status_code": 400,
  });
  expect(JSON.stringify(batch)).not.toContain("do not send");
});

test("metrics have the names of the conventions for model servers", async () => {
  const { post, sent } = await observed();
  await post("/v1/chat/completions", {
    messages: [{ role: "user", content: "Who?" }],
    response_format: { type: "json_schema", json_schema: { name: "p", schema: person } },
  });
  const batches = await sent("/v1/metrics");
  const metrics = batches.at(-1).resourceMetrics[0].scopeMetrics[0].metrics as {
    name: string;
    unit: string;
    histogram: { dataPoints: { count: number; attributes: Attribute[] }[] };
  }[];
  const named = Object.fromEntries(metrics.map((metric) => [metric.name, metric]));
  expect(Object.keys(named)).toEqual(
    expect.arrayContaining([
      ...["gen_ai.server.request.duration", "gen_ai.server.time_to_first_token", "gen_ai.client.token.usage"],
    ]),
  );
  const [point] = named["gen_ai.server.request.duration"]!.histogram.dataPoints;
  expect(named["gen_ai.server.request.duration"]!.unit).toBe("s");
  expect(valuesOf(point!.attributes)).toMatchObject({ "gen_ai.operation.name": "chat" });
});

test("without a collector nothing is recorded", async () => {
  expect(await openTelemetry({})).toBeUndefined();
  expect(
    await openTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_SDK_DISABLED: "true" }),
  ).toBeUndefined();
});
