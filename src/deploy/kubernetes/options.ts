import { FormworkError } from "../../errors.js";

/** What scales the replicas: Kubernetes' own autoscaler on a Prometheus metric, KEDA, or nobody. */
export type Scaler = "hpa" | "keda" | "none";

export interface KubernetesOptions {
  /** The name of everything, a DNS label. */
  name: string;
  namespace: string;
  image: string;
  model: string;
  minReplicas: number;
  maxReplicas: number;
  scaler: Scaler;
  /** Where Prometheus answers, for KEDA. */
  prometheusUrl: string;
  /** Requests in flight for each replica, above which another one is started. */
  targetInFlight: number;
  /** Cores and memory as Kubernetes writes them. */
  cpu: string;
  memory: string;
  /** NVIDIA GPUs of a replica. */
  gpus: number;
  /** Size and class of the volume that each replica keeps its model in. */
  storage: string;
  storageClass: string | undefined;
  /** Seconds that running requests get when a replica ends. */
  drainSeconds: number;
}

const QUANTITY = /^\d+(?:\.\d+)?(?:m|[kMGTPE]i?)?$/;
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,50}[a-z0-9])?$/;

/** Throws `wrong_usage` that names the flag. */
export function checkKubernetesOptions(options: KubernetesOptions): KubernetesOptions {
  for (const key of ["cpu", "memory", "storage"] as const) {
    if (!QUANTITY.test(options[key]))
      throw wrong(`--${key}`, options[key], "a quantity such as 4, 500m or 16Gi");
  }
  for (const key of ["name", "namespace"] as const) {
    if (!LABEL.test(options[key]))
      throw wrong(`--${key}`, options[key], "lower-case letters, digits and dashes");
  }
  if (options.minReplicas > options.maxReplicas) {
    throw new FormworkError(
      "wrong_usage",
      `--replicas (${options.minReplicas}) must not be more than --max-replicas (${options.maxReplicas}).`,
    );
  }
  return options;
}

function wrong(flag: string, value: string, expected: string): FormworkError {
  return new FormworkError("wrong_usage", `${flag} must be ${expected}; it is "${value}".`);
}
