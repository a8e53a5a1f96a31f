import { stringify } from "yaml";
import { fillPlaceholders, Placeholder, type Values } from "./chartValues.js";
import {
  horizontalPodAutoscaler,
  type KubernetesObject,
  kubernetesObjects,
  scaledObject,
} from "./objects.js";
import type { KubernetesOptions } from "./options.js";

/** Plain manifests by file name, with a kustomization that lists them: `kubectl apply -k FOLDER`. */
export function manifests(options: KubernetesOptions): Record<string, string> {
  const objects: Record<string, KubernetesObject> = {
    ...kubernetesObjects(options),
    ...(options.scaler === "hpa" ? { "autoscaler.yaml": horizontalPodAutoscaler(options) } : {}),
    ...(options.scaler === "keda" ? { "autoscaler.yaml": scaledObject(options) } : {}),
  };
  const files = Object.entries(objects).map(([name, object]) => [name, yaml(object)]);
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: Object.keys(objects),
  };
  return { ...Object.fromEntries(files), "kustomization.yaml": yaml(kustomization) };
}

/** A Helm chart of the same objects; the options are its default values. */
export function chart(options: KubernetesOptions, version: string): Record<string, string> {
  const values = chartValues(options);
  const templates = Object.entries(kubernetesObjects(values)).map(([name, object]) => [
    `templates/${name}`,
    template(object),
  ]);
  const { name: _name, namespace: _namespace, storageClass, ...defaults } = options;
  return {
    "Chart.yaml": yaml({
      apiVersion: "v2",
      name: "formwork",
      description: "Valid JSON for a prompt and a JSON Schema, from a model in your own cluster",
      type: "application",
      version,
      appVersion: version,
    }),
    "values.yaml": yaml({ ...defaults, storageClass: storageClass ?? "" }),
    ...Object.fromEntries(templates),
    "templates/autoscaler.yaml": [
      `{{- if eq .Values.scaler "hpa" }}`,
      template(horizontalPodAutoscaler(values)).trimEnd(),
      `{{- else if eq .Values.scaler "keda" }}`,
      template(scaledObject(values)).trimEnd(),
      "{{- end }}\n",
    ].join("\n"),
  };
}

function chartValues(options: KubernetesOptions): Values {
  const own = Object.entries(options).map(([key, value]) => [
    key,
    new Placeholder(`.Values.${key}`, typeof value !== "number"),
  ]);
  return {
    ...(Object.fromEntries(own) as Values),
    name: new Placeholder(".Release.Name", true),
    namespace: new Placeholder(".Release.Namespace", true),
    storageClass: new Placeholder(".Values.storageClass", true),
  };
}

/** A template; members that depend on a value are only present if it is set. */
function template(object: KubernetesObject): string {
  return fillPlaceholders(yaml(object))
    .replace(/^ *storageClassName: .*$/m, optional(".Values.storageClass"))
    .replace(/^ *nvidia\.com\/gpu: .*$/m, optional(".Values.gpus"));
}

function optional(condition: string): (line: string) => string {
  return (line) => `{{- if ${condition} }}\n${line}\n{{- end }}`;
}

function yaml(value: unknown): string {
  // Placeholders become marks; long lines are not folded, so that a mark is never split.
  return stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0, aliasDuplicateObjects: false });
}
