import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { compose, composeWithVllm, DOCKERIGNORE, dockerfile } from "./files.js";
import { type ContainerOptions, checkImage, IMAGES } from "./options.js";

const options: ContainerOptions = {
  ...{ variant: "cpu", model: "smollm2", hubModel: "Qwen/Qwen3-4B", port: 8080 },
  ...{ nodeImage: IMAGES.node, llamaVersion: "3.21.1" },
};
const cuda: ContainerOptions = { ...options, variant: "cuda" };

describe.each([
  ["cpu", options],
  ["cuda", cuda],
] as const)("the Dockerfile for %s", (variant, own) => {
  const text = dockerfile(own);

  test("runs as an ordinary user, with a health check that loads no model", () => {
    expect(text).toMatch(/^USER 1000:1000$/m);
    expect(text).toMatch(/^HEALTHCHECK [\s\S]*\/health/m);
    expect(text.indexOf("USER")).toBeGreaterThan(text.lastIndexOf("RUN "));
  });

  test("installs by the lock alone, in a stage of its own", () => {
    expect(text).toContain("npm ci --omit=dev --ignore-scripts");
    expect(text.match(/^FROM /gm)).toHaveLength(2);
  });

  test("has the library's build for its processor", () => {
    expect(text.includes("linux-x64-cuda@3.21.1")).toBe(variant === "cuda");
    expect(text.includes(`FROM ${IMAGES.cuda}`)).toBe(variant === "cuda");
  });

  test("copies nothing that is kept from the builder", () => {
    const [source] = /^COPY (\S+) \.\/$/m.exec(text)!.slice(1);
    expect(DOCKERIGNORE.split("\n")).toContain(`!${source!.split("/")[0]}`);
  });
});

test("compose asks for a key, binds to this machine alone, and takes a GPU where there is one", () => {
  const { services } = parse(compose(options));
  expect(services.formwork.ports).toEqual(["127.0.0.1:8080:8080"]);
  expect(services.formwork.environment.FORMWORK_API_KEY).toMatch(/^\$\{FORMWORK_API_KEY:\?/);
  expect(services.formwork.deploy).toBeUndefined();
  expect(parse(compose(cuda)).services.formwork.deploy.resources.reservations.devices).toHaveLength(1);
});

test("vLLM is reachable from Formwork alone, and carries the plug-in", () => {
  const { services } = parse(composeWithVllm(options));
  expect(services.vllm.ports).toBeUndefined();
  expect(services.vllm.networks).toEqual(["engine"]);
  expect(services.vllm.environment.PYTHONPATH).toContain("formwork/python");
  expect(services.formwork.environment.FORMWORK_ENGINE).toBe("vllm=http://vllm:8000");
});

test("an image is named by tag or digest", () => {
  const digest = `node:24@sha256:${"a".repeat(64)}`;
  expect(checkImage(digest, "--node-image")).toBe(digest);
  expect(() => checkImage("node; rm -rf /", "--node-image")).toThrow(/--node-image/);
});
