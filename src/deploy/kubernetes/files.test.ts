import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chart, manifests } from "./files.js";
import { checkKubernetesOptions, type KubernetesOptions } from "./options.js";

const options: KubernetesOptions = {
  ...{ name: "formwork", namespace: "models", image: "registry.example/formwork:1", model: "smollm2" },
  ...{ minReplicas: 2, maxReplicas: 5, scaler: "hpa", prometheusUrl: "http://prometheus", targetInFlight: 6 },
  ...{ cpu: "4", memory: "8Gi", gpus: 1, storage: "20Gi", storageClass: undefined, drainSeconds: 60 },
};

// biome-ignore lint/suspicious/noExplicitAny: objects of many shapes.
const read = (files: Record<string, string>, name: string): any => parse(files[name]!);

describe("plain manifests", () => {
  const files = manifests(options);
  const { template, volumeClaimTemplates, replicas } = read(files, "stateful-set.yaml").spec;
  const [container] = template.spec.containers;

  test("every file that the kustomization lists is there, and no other", () => {
    const { resources } = read(files, "kustomization.yaml");
    expect([...resources, "kustomization.yaml"].sort()).toEqual(Object.keys(files).sort());
  });

  test("readiness asks for a finished warm-up, liveness for a sign of life", () => {
    expect(container.readinessProbe.httpGet.path).toBe("/ready");
    expect(container.livenessProbe.httpGet.path).toBe("/health");
    expect(container.startupProbe.httpGet.path).toBe("/health");
  });

  test("pods run as an ordinary user, on a root that cannot be written", () => {
    expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("requests get their time at the end, GPUs and volumes are asked for", () => {
    expect(template.spec.terminationGracePeriodSeconds).toBe(80);
    expect(container.resources.limits).toEqual({ memory: "8Gi", "nvidia.com/gpu": "1" });
    expect(volumeClaimTemplates[0].spec.resources.requests.storage).toBe("20Gi");
    expect(replicas).toBe(2);
    expect(container.env.map(({ name }: { name: string }) => name)).toContain("FORMWORK_API_KEY");
  });

  test("the scaler is the one asked for", () => {
    expect(read(files, "autoscaler.yaml").kind).toBe("HorizontalPodAutoscaler");
    expect(read(manifests({ ...options, scaler: "keda" }), "autoscaler.yaml").kind).toBe("ScaledObject");
    expect(Object.keys(manifests({ ...options, scaler: "none" }))).not.toContain("autoscaler.yaml");
  });

  test("selectors agree with the labels of the pods", () => {
    const { labels } = template.metadata;
    for (const [name, path] of [
      ["service.yaml", "selector"],
      ["pod-disruption-budget.yaml", "selector.matchLabels"],
      ["network-policy.yaml", "podSelector.matchLabels"],
    ] as const) {
      const spec = read(files, name).spec;
      expect(path.split(".").reduce((at, step) => at[step], spec)).toEqual(labels);
    }
  });
});

test("the chart has a placeholder for every option, and its values are the options", () => {
  const files = chart(options, "1.2.3");
  const values = read(files, "values.yaml");
  expect(values).toMatchObject({ image: options.image, minReplicas: 2, gpus: 1, storageClass: "" });
  const templates = Object.entries(files).filter(([name]) => name.startsWith("templates/"));
  const text = templates.map(([, content]) => content).join("");
  expect(text).not.toContain("@@");
  for (const key of Object.keys(values)) expect(text).toContain(`.Values.${key}`);
  expect(files["templates/stateful-set.yaml"]).toContain("{{- if .Values.gpus }}");
  expect(files["templates/autoscaler.yaml"]).toContain('{namespace="{{ .Release.Namespace }}"}');
});

test.each([
  ["--cpu", { cpu: "four" }],
  ["--name", { name: "Formwork!" }],
  ["--replicas", { minReplicas: 9 }],
])("%s is checked", (flag, change) => {
  expect(() => checkKubernetesOptions({ ...options, ...change })).toThrow(flag);
});
