import { resolve } from "node:path";
import { defineCommand } from "../../command.js";
import { choice, integer, text, toggle } from "../../config/setting.js";

export const command = defineCommand({
  settings: {
    "kubernetes.folder": text({
      flag: "--folder <path>",
      description: "where to write",
      isPath: true,
      fallback: "kubernetes",
    }),
    "kubernetes.image": text({
      flag: "--image <image>",
      description: "image that the cluster can pull, as built by `formwork deploy docker`",
      fallback: "formwork:local",
    }),
    "kubernetes.name": text({
      flag: "--name <label>",
      description: "name of all objects",
      fallback: "formwork",
    }),
    "kubernetes.namespace": text({
      flag: "--namespace <label>",
      description: "namespace of all objects",
      fallback: "default",
    }),
    "kubernetes.model": text({
      flag: "--model <name>",
      description: "a model by name, or the path of a GGUF file; the default model if left out",
    }),
    "kubernetes.minReplicas": integer({
      flag: "--replicas <count>",
      description: "minimum number of replicas",
      minimum: 1,
      fallback: 1,
    }),
    "kubernetes.maxReplicas": integer({
      flag: "--max-replicas <count>",
      description: "maximum number of replicas",
      minimum: 1,
      fallback: 4,
    }),
    "kubernetes.scaler": choice({
      flag: "--scaler <name>",
      description: "what changes the number of replicas",
      choices: ["hpa", "keda", "none"],
      fallback: "hpa",
    }),
    "kubernetes.prometheusUrl": text({
      flag: "--prometheus-url <URL>",
      description: "where KEDA reads the metric",
      fallback: "http://prometheus-server.monitoring.svc",
    }),
    "kubernetes.targetInFlight": integer({
      flag: "--target-in-flight <count>",
      description: "requests in flight for each replica, above which another starts",
      minimum: 1,
      fallback: 6,
    }),
    "kubernetes.cpu": text({ flag: "--cpu <quantity>", description: "CPU cores per replica", fallback: "4" }),
    "kubernetes.memory": text({
      flag: "--memory <quantity>",
      description: "memory of a replica",
      fallback: "4Gi",
    }),
    "kubernetes.gpus": integer({
      flag: "--gpus <count>",
      description: "NVIDIA GPUs of a replica",
      minimum: 0,
      fallback: 0,
    }),
    "kubernetes.storage": text({
      flag: "--storage <quantity>",
      description: "volume of a replica, for the model",
      fallback: "10Gi",
    }),
    "kubernetes.storageClass": text({
      flag: "--storage-class <name>",
      description: "storage class of the volume; the cluster's default if left out",
    }),
    "kubernetes.drainSeconds": integer({
      flag: "--drain-timeout <seconds>",
      description: "grace period for running requests when a replica stops",
      minimum: 0,
      fallback: 60,
    }),
    helm: toggle({
      flag: "--helm",
      description: "a Helm chart in place of plain manifests",
      fallback: false,
    }),
    overwrite: toggle({ flag: "--overwrite", description: "overwrite files that differ", fallback: false }),
  },
  examples: [
    ["deploy kubernetes --image registry.example/formwork:1", "plain manifests in ./kubernetes"],
    ["deploy kubernetes --helm --gpus 1 --folder chart", "a Helm chart whose replicas take a GPU each"],
  ],
  notes:
    "Nothing is sent to a cluster. Callers' keys live in a secret that you make:\n" +
    "  kubectl create secret generic formwork --from-literal=FORMWORK_API_KEY=...",
  async run({ values, terminal }) {
    const { checkKubernetesOptions, writeKubernetesFiles } = await import("../../../deploy/index.js");
    const { DEFAULT_MODEL } = await import("../../../models/index.js");
    const options = checkKubernetesOptions({
      name: values["kubernetes.name"],
      namespace: values["kubernetes.namespace"],
      image: values["kubernetes.image"],
      model: values["kubernetes.model"] ?? DEFAULT_MODEL,
      minReplicas: values["kubernetes.minReplicas"],
      maxReplicas: values["kubernetes.maxReplicas"],
      scaler: values["kubernetes.scaler"],
      prometheusUrl: values["kubernetes.prometheusUrl"],
      targetInFlight: values["kubernetes.targetInFlight"],
      cpu: values["kubernetes.cpu"],
      memory: values["kubernetes.memory"],
      gpus: values["kubernetes.gpus"],
      storage: values["kubernetes.storage"],
      storageClass: values["kubernetes.storageClass"],
      drainSeconds: values["kubernetes.drainSeconds"],
    });
    const folder = resolve(terminal.workingFolder, values["kubernetes.folder"]);
    const { helm, overwrite } = values;
    const written = await writeKubernetesFiles(options, { folder, helm, overwrite });
    terminal.stderr.write(
      written.length === 0 ? "Every file was there already.\n" : `Written: ${written.join(", ")}\n`,
    );
    const { name, namespace } = options;
    terminal.stdout.write(
      `Next: kubectl create secret generic ${name} --namespace ${namespace} --from-literal=FORMWORK_API_KEY=...\n` +
        (helm
          ? `      helm install ${name} ${folder} --namespace ${namespace}\n`
          : `      kubectl apply -k ${folder}\n`),
    );
    return undefined;
  },
});
