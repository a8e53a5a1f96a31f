import { FormworkError } from "../../errors.js";

/** The port inside of the container. */
export const CONTAINER_PORT = 8080;

/** Images by tag. Digests depend on platform and date; `--node-image` accepts one. */
export const IMAGES = {
  node: "node:24.19.0-bookworm-slim",
  // The library's CUDA 12 build runs on all drivers from 525; its CUDA 13 build does not on all data-centre cards.
  cuda: "nvidia/cuda:12.9.1-runtime-ubuntu22.04",
  vllm: "vllm/vllm-openai:v0.32.0",
} as const;

export interface ContainerOptions {
  variant: "cpu" | "cuda";
  /** A known model's name, or a path in the container. */
  model: string;
  /** The repository of vLLM's model on the hub. */
  hubModel: string;
  /** The port on the host, on 127.0.0.1. */
  port: number;
  nodeImage: string;
  /** The version of the library required by Formwork's binding. */
  llamaVersion: string;
}

/** Checks a Docker image reference: registry, path, tag or digest. Throws `invalid_request`. */
export function checkImage(image: string, flag: string): string {
  if (/^[a-z0-9]+(?:[._\-/:][a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/i.test(image))
    return image;
  throw new FormworkError(
    "wrong_usage",
    `${flag} takes an image such as ${IMAGES.node}; "${image}" is not one.`,
  );
}
