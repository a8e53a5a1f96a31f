import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { compileSchema, type Grammar } from "../../constraint/index.js";
import { cacheFolder, pythonEnvironment, runCommand } from "../../system/index.js";
import { manifests } from "./files.js";
import type { KubernetesObject } from "./objects.js";
import type { KubernetesOptions } from "./options.js";

// Kubernetes' own schemas, as a Python package of the name carries them, unknown members refused.
const PACKAGE = "kubernetes-validate==1.37.0";
const RELEASES = ["1.37.0", "1.33.0"] as const;
const FIRST_WITH_IDS = "1.37.0";

const options: KubernetesOptions = {
  ...{ name: "formwork", namespace: "models", image: "registry.example/formwork:1", model: "smollm2" },
  ...{ minReplicas: 2, maxReplicas: 5, scaler: "hpa", prometheusUrl: "http://prometheus", targetInFlight: 6 },
  ...{ cpu: "4", memory: "8Gi", gpus: 1, storage: "20Gi", storageClass: "fast", drainSeconds: 60 },
};

const objects = Object.entries(manifests(options))
  .filter(([name]) => name !== "kustomization.yaml")
  .map(([name, text]) => ({ name, object: parse(text) as KubernetesObject }));

let python: string;
let schemas: string;
beforeAll(async () => {
  ({ python } = await pythonEnvironment(PACKAGE, { folder: join(cacheFolder(), "python", "deploy") }));
  const found = await runCommand([python, "-c", "import kubernetes_validate as k; print(k.__path__[0])"]);
  schemas = join(found.stdout.trim(), "kubernetes-json-schema");
}, 300_000);

/** The schema of an object's kind, compiled by Formwork itself. */
function grammarOf({ apiVersion, kind }: KubernetesObject): Grammar {
  const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const words = [kind.toLowerCase(), group.split(".")[0], version].filter((word) => word !== "");
  const folder = join(schemas, `v${FIRST_WITH_IDS}-local-strict`);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return compileSchema(read(`${words.join("-")}.json`), {
    propertyOrder: "any",
    documents: { "https://kubernetes.io/api/_definitions.json": read("_definitions.json") },
  });
}

/** What the package's own validator, another program, says of an object; undefined where it accepts it. */
async function complaintOf(object: KubernetesObject, release: string): Promise<string | undefined> {
  const program =
    "import json, sys, kubernetes_validate as k\n" +
    "try: k.validate(json.loads(sys.argv[1]), sys.argv[2], strict=True)\n" +
    "except k.ValidationError as error: print(error.message)";
  const { stdout, stderr, status } = await runCommand([
    python,
    "-c",
    program,
    JSON.stringify(object),
    release,
  ]);
  if (status !== 0) throw new Error(stderr);
  return stdout.trim() || undefined;
}

describe.each(objects)("$name", ({ object }) => {
  test("is what Kubernetes takes, by Formwork and by another validator", { timeout: 60_000 }, async () => {
    expect(grammarOf(object).accepts(JSON.stringify(object))).toBe(true);
    for (const release of RELEASES) expect(await complaintOf(object, release)).toBeUndefined();
  });

  test("with a member that nobody knows it is not", { timeout: 60_000 }, async () => {
    const wrong = { ...object, metadata: { ...(object["metadata"] as object), lables: {} } };
    expect(grammarOf(object).accepts(JSON.stringify(wrong))).toBe(false);
    expect(await complaintOf(wrong, RELEASES[0])).toMatch(/lables/);
  });
});
