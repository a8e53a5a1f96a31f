import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { manifests } from "./files.js";
import type { KubernetesOptions } from "./options.js";
import { writeKubernetesFiles } from "./write.js";

const options: KubernetesOptions = {
  ...{ name: "formwork", namespace: "models", image: "registry.example/formwork:1", model: "smollm2" },
  ...{ minReplicas: 2, maxReplicas: 5, scaler: "hpa", prometheusUrl: "http://prometheus", targetInFlight: 6 },
  ...{ cpu: "4", memory: "8Gi", gpus: 1, storage: "20Gi", storageClass: undefined, drainSeconds: 60 },
};

function helm(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("helm", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`helm ${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** The objects in YAML texts, in the order of their kinds. */
function objectsOf(values: Record<string, unknown>[]): Record<string, unknown>[] {
  return values
    .filter(({ kind }) => kind !== "Kustomization")
    .sort((one, other) => String(one.kind).localeCompare(String(other.kind)));
}

// Helm is one binary that no package registry of ours carries: these run where it is on the PATH.
test
  .skipIf(spawnSync("helm", ["version"]).error !== undefined)
  .each<Partial<KubernetesOptions>>([
    {},
    { scaler: "keda", gpus: 0 },
    { scaler: "none", storageClass: "fast", model: "qwen3-0.6b" },
  ])("Helm renders the chart to the plain manifests: %o", async (changes) => {
  const folder = await mkdtemp(join(tmpdir(), "formwork-chart-"));
  try {
    const wanted = { ...options, ...changes };
    await writeKubernetesFiles(wanted, { folder, helm: true, overwrite: false });
    helm("lint", folder);
    const rendered = helm("template", wanted.name, folder, "--namespace", wanted.namespace);
    expect(objectsOf(parseAllDocuments(rendered).map((document) => document.toJS()))).toEqual(
      objectsOf(Object.values(manifests(wanted)).map((text) => parse(text))),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
