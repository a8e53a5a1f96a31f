import { CONTAINER_PORT } from "../docker/options.js";
import { asText, plus, type Values } from "./chartValues.js";

/** A Kubernetes object. */
export type KubernetesObject = { apiVersion: string; kind: string; [member: string]: unknown };

/** The folder of the model. */
const CACHE = "/cache";

/** Group and user id of the image. */
const USER = 1000;

/** The objects by file name, in the order in which to apply them. */
export function kubernetesObjects(values: Values): Record<string, KubernetesObject> {
  return {
    "service-account.yaml": serviceAccount(values),
    "service.yaml": service(values),
    "stateful-set.yaml": statefulSet(values),
    "pod-disruption-budget.yaml": podDisruptionBudget(values),
    "network-policy.yaml": networkPolicy(values),
  };
}

const labels = ({ name }: Values) => ({
  "app.kubernetes.io/name": "formwork",
  "app.kubernetes.io/instance": name,
});

const metadata = (values: Values) => ({
  name: values.name,
  namespace: values.namespace,
  labels: labels(values),
});

/** Pods never use the API, so no token is mounted. */
function serviceAccount(values: Values): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadata(values),
    automountServiceAccountToken: false,
  };
}

function service(values: Values): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(values),
    spec: {
      selector: labels(values),
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
      // A caller's requests are routed to one replica, whose prefix cache has the conversation.
      sessionAffinity: "ClientIP",
    },
  };
}

/** A stateful set, so that each replica has its own volume with the model, whatever access modes the storage class supports. */
function statefulSet(values: Values): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: metadata(values),
    spec: {
      serviceName: values.name,
      replicas: values.minReplicas,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels(values) },
      template: { metadata: { labels: labels(values) }, spec: podSpec(values) },
      volumeClaimTemplates: [
        {
          metadata: { name: "cache" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            ...(values.storageClass === undefined ? {} : { storageClassName: values.storageClass }),
            resources: { requests: { storage: values.storage } },
          },
        },
      ],
    },
  };
}

function podSpec(values: Values): Record<string, unknown> {
  return {
    serviceAccountName: values.name,
    automountServiceAccountToken: false,
    // The drain time, plus time for the process to exit.
    terminationGracePeriodSeconds: plus(values.drainSeconds, 20),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "formwork",
        image: values.image,
        args: ["serve"],
        ports: [{ name: "http", containerPort: CONTAINER_PORT }],
        env: [
          { name: "FORMWORK_MODEL", value: values.model },
          { name: "FORMWORK_DRAIN_TIMEOUT", value: asText(values.drainSeconds) },
          {
            name: "FORMWORK_API_KEY",
            valueFrom: { secretKeyRef: { name: values.name, key: "FORMWORK_API_KEY" } },
          },
        ],
        // The model may have to be downloaded first; /health answers all the time, so a start does not look like a hang.
        startupProbe: probe("/health", 2, 60),
        readinessProbe: probe("/ready", 5, 1),
        livenessProbe: probe("/health", 10, 6),
        // Endpoints take a moment to remove a terminating pod.
        lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
        resources: resources(values),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "cache", mountPath: CACHE },
          { name: "temporary", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [{ name: "temporary", emptyDir: {} }],
  };
}

function probe(path: string, periodSeconds: number, failureThreshold: number): Record<string, unknown> {
  return { httpGet: { path, port: "http" }, periodSeconds, failureThreshold, timeoutSeconds: 3 };
}

/** No CPU limit, because it would throttle every token; memory is limited, because it cannot be reclaimed. */
function resources({ cpu, memory, gpus }: Values): Record<string, unknown> {
  const gpu = gpus === 0 ? {} : { "nvidia.com/gpu": asText(gpus) };
  return { requests: { cpu: asText(cpu), memory }, limits: { memory, ...gpu } };
}

function podDisruptionBudget(values: Values): KubernetesObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(values),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels(values) } },
  };
}

/** Ingress: the port, from this namespace. Egress: DNS, and HTTPS for the model. */
function networkPolicy(values: Values): KubernetesObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadata(values),
    spec: {
      podSelector: { matchLabels: labels(values) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: "http", protocol: "TCP" }] }],
      egress: [
        {
          ports: [
            { port: 53, protocol: "UDP" },
            { port: 53, protocol: "TCP" },
          ],
        },
        { ports: [{ port: 443, protocol: "TCP" }] },
      ],
    },
  };
}

const METRIC = "formwork_http_requests_in_flight";

/** Requires an adapter that provides Prometheus metrics to the custom metrics API. */
export function horizontalPodAutoscaler(values: Values): KubernetesObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(values),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: values.name },
      minReplicas: values.minReplicas,
      maxReplicas: values.maxReplicas,
      metrics: [
        {
          type: "Pods",
          pods: {
            metric: { name: METRIC },
            target: { type: "AverageValue", averageValue: asText(values.targetInFlight) },
          },
        },
      ],
      // A start has to load the model: scale up immediately, down slowly.
      behavior: {
        scaleUp: { stabilizationWindowSeconds: 0 },
        scaleDown: { stabilizationWindowSeconds: 300 },
      },
    },
  };
}

export function scaledObject(values: Values): KubernetesObject {
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: metadata(values),
    spec: {
      scaleTargetRef: { kind: "StatefulSet", name: values.name },
      minReplicaCount: values.minReplicas,
      maxReplicaCount: values.maxReplicas,
      cooldownPeriod: 300,
      triggers: [
        {
          type: "prometheus",
          metadata: {
            serverAddress: values.prometheusUrl,
            query: `sum(${METRIC}{namespace="${values.namespace}"})`,
            threshold: asText(values.targetInFlight),
          },
        },
      ],
    },
  };
}
