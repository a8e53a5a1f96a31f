import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testApp } from "./testing/app.js";

interface Dashboard {
  panels: { title: string; type: string; targets?: { expr: string }[] }[];
}

const dashboard = JSON.parse(
  readFileSync(new URL("../../examples/grafana/formwork.json", import.meta.url), "utf8"),
) as Dashboard;

test("every metric on the Grafana dashboard is one that the server has", async () => {
  const { app } = testApp();
  const text = await (await app.request("/metrics")).text();
  const names = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const used = expressions.flatMap((expression) => expression.match(/formwork_\w+/g) ?? []);
  expect(used.length).toBeGreaterThan(20);
  for (const name of used) expect(names).toContain(name.replace(/_bucket$/, ""));
});
