import type { RegistryEntry } from "../../command.js";

/** Servers on GPUs elsewhere. */
export const deployCommands: readonly RegistryEntry[] = [
  {
    name: "deploy",
    summary: "Put a server on Modal, in containers or in a cluster",
    commands: [
      {
        name: "modal",
        summary: "On Modal: write the app file, build the image, deploy",
        load: async () => (await import("./modal.js")).command,
      },
      {
        name: "docker",
        summary: "In containers: write a Dockerfile and compose files",
        load: async () => (await import("./docker.js")).command,
      },
      {
        name: "kubernetes",
        summary: "In a cluster: write manifests or a Helm chart",
        load: async () => (await import("./kubernetes.js")).command,
      },
    ],
  },
  {
    name: "status",
    summary: "What the deployed app is doing, without waking it",
    load: async () => (await import("./status.js")).command,
  },
  {
    name: "logs",
    summary: "The deployed app's log",
    load: async () => (await import("./logs.js")).command,
  },
  {
    name: "warm",
    summary: "Start a container of the deployed app and wait until it is ready",
    load: async () => (await import("./warm.js")).command,
  },
  {
    name: "scale",
    summary: "Change how many containers the deployed app keeps, or when",
    load: async () => (await import("./scale.js")).command,
  },
  {
    name: "stop",
    summary: "End the deployed app",
    load: async () => (await import("./stop.js")).command,
  },
  {
    name: "secrets",
    summary: "Secrets and tokens on Modal",
    commands: [
      {
        name: "list",
        summary: "Names of the secrets",
        load: async () => (await import("./secretsList.js")).command,
      },
      {
        name: "set",
        summary: "Create or replace a secret",
        load: async () => (await import("./secretsSet.js")).command,
      },
      {
        name: "token",
        summary: "Make a proxy token for callers",
        load: async () => (await import("./secretsToken.js")).command,
      },
    ],
  },
];
