import { isRecord } from "../../../json/index.js";
import { MODELS_PATH } from "../engines/index.js";
import type { ModalOptions } from "../options/index.js";
import { type Draft, type Inspection, objectName, type Part } from "./inspection.js";

/** Secrets by name, and the volume with the hub's cache in Formwork's layout. */
export function readStorage(found: Inspection, part: Part, { options, notes }: Draft<ModalOptions>): void {
  const secrets = [part.arguments["secrets"] ?? []].flat().map(objectName);
  const named = secrets.filter((name) => name !== undefined);
  if (named.length > 0) options.secrets = named;
  if (named.length < secrets.length) {
    notes.push("Secrets made in the file itself are not carried over: create them by name.");
  }
  const volumes = part.arguments["volumes"];
  for (const [path, volume] of Object.entries(isRecord(volumes) ? volumes : {})) {
    const name = objectName(volume as Part["arguments"][string]);
    if (name !== undefined && holdsHub(path.replace(/\/$/, ""), found.environment)) {
      options.volumes = { models: name };
      notes.push(`The volume ${name} is used again: it holds the hub's cache, so nothing is fetched twice.`);
    } else {
      notes.push(
        `The volume ${name ?? "?"} at ${path} is left alone; weights and compiled kernels go into volumes of Formwork's.`,
      );
    }
  }
}

/** Whether the hub's cache is in the folder `hub` of the volume mounted at `path`, as in Formwork's volume. */
function holdsHub(path: string, environment: Inspection["environment"]): boolean {
  const { HF_HOME: home, HF_HUB_CACHE: hub } = environment;
  if (typeof hub === "string") return hub.replace(/\/$/, "") === `${path}/hub`;
  if (typeof home === "string") return home.replace(/\/$/, "") === path;
  return path === MODELS_PATH || path.endsWith("/huggingface");
}
