import { expect, test } from "vitest";
import { Metrics } from "./metrics.js";
import { FakeEngine } from "./testing/fakeEngine.js";

/** `docs/metrics.md`: every metric of the server's own, as `/metrics` describes it. */
async function metricsPage(): Promise<string> {
  const text = await new Metrics(new FakeEngine({}), () => 0).render();
  const rows = [...text.matchAll(/^# HELP (formwork_\w+) (.*)\n# TYPE \w+ (\w+)$/gm)].map(
    ([, name, help, type]) => `| \`${name}\` | ${type} | ${help} |`,
  );
  return [
    "# Metrics",
    "",
    "What `GET /metrics` shows in the Prometheus format, in addition to the `process_` and `nodejs_` metrics of `prom-client`",
    "(`npx vitest run src/server/metrics.test.ts -u` writes this page). Times are in seconds. The plug-in's metrics are in",
    "[plugins.md](plugins.md#metrics), a Grafana dashboard is [formwork.json](../examples/grafana/formwork.json).",
    "",
    "| metric | type | meaning |",
    "|---|---|---|",
    ...rows,
    "",
    "Worth an alert:",
    "",
    '- `formwork_engine_state{state="failed"} == 1`: the model does not load.',
    "- `increase(formwork_engine_restarts_total[10m]) > 0`: the engine process died.",
    '- `rate(formwork_http_requests_total{status=~"5.."}[5m]) > 0`: 503 is overload, 500 and 502 are worth reading the log for.',
    "- `formwork_engine_queued_requests` that stays above 0: more requests arrive than are decoded.",
    "",
  ].join("\n");
}

test("the page of the documents lists what /metrics shows", async () => {
  await expect(await metricsPage()).toMatchFileSnapshot("../../docs/metrics.md");
});
