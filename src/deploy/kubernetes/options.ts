import { FormworkError } from "../../errors.js";

/** How replicas are scaled: by Kubernetes' autoscaler on a Prometheus metric, by KEDA, or not at all. */
export type Scaler = "hpa" | "keda" | "none";

export interface KubernetesOptions {
  /** The name of all objects, a DNS label. */
  name: string;
  namespace: string;
  image: string;
  model: string;
  minReplicas: number;
  maxReplicas: number;
  scaler: Scaler;
  /** URL of Prometheus, for KEDA. */
  prometheusUrl: string;
  /** Running requests per replica above which another one is started. */
  targetInFlight: number;
  /** CPU and memory in Kubernetes' notation. */
  cpu: string;
  memory: string;
  /** NVIDIA GPUs of a replica. */
  gpus: number;
  /** Size and storage class of each replica's volume for the model. */
  storage: string;
  storageClass: string | undefined;
  /** Grace period of running requests when a replica stops, in seconds. */
  drainSeconds: number;
}

const QUANTITY = /^\d+(?:\.\d+)?(?:m|[kMGTPE]i?)?$/;
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,50}[a-z0-9])?$/;

/** Throws `wrong_usage`, naming the flag. */
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
