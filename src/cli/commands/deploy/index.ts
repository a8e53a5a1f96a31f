import type { RegistryEntry } from "../../command.js";

/** Deployments. */
export const deployCommands: readonly RegistryEntry[] = [
  {
    name: "deploy",
    summary: "Deploy to Modal, Docker or Kubernetes",
    commands: [
      {
        name: "modal",
        summary: "Modal: write the app file, build the image, deploy",
        load: async () => (await import("./modal.js")).command,
      },
      {
        name: "docker",
        summary: "Docker: write a Dockerfile and compose files",
        load: async () => (await import("./docker.js")).command,
      },
      {
        name: "kubernetes",
        summary: "Kubernetes: write manifests or a Helm chart",
        load: async () => (await import("./kubernetes.js")).command,
      },
    ],
  },
  {
    name: "status",
    summary: "Modal: show the app's state and cost, without waking it",
    load: async () => (await import("./status.js")).command,
  },
  {
    name: "logs",
    summary: "Modal: show the app's log",
    load: async () => (await import("./logs.js")).command,
  },
  {
    name: "warm",
    summary: "Modal: start a container and wait until it is ready",
    load: async () => (await import("./warm.js")).command,
  },
  {
    name: "scale",
    summary: "Modal: scale the app, or set when it stays warm",
    load: async () => (await import("./scale.js")).command,
  },
  {
    name: "stop",
    summary: "Modal: stop the app",
    load: async () => (await import("./stop.js")).command,
  },
  {
    name: "secrets",
    summary: "Modal: secrets and proxy tokens",
    commands: [
      {
        name: "list",
        summary: "List the names of secrets",
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
