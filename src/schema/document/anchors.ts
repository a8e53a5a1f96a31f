import type { JsonObject } from "../../json/index.js";
import { DIALECT_AGE } from "./dialect.js";
import type { SchemaNode } from "./node.js";
import { fragmentOf } from "./uri.js";

/**
 * Records the anchors of a schema in its resource. `spelled` collects identifiers written with the keyword of another draft. For a
 * repeated name, the first one counts.
 */
export function noteAnchors(node: SchemaNode, value: JsonObject, spelled: Map<string, SchemaNode>): void {
  const { anchors, dynamicAnchors, keywords } = node.resource;
  const foreign = value.get(node.dialect === "draft-04" ? "$id" : "id");
  if (typeof foreign === "string" && !spelled.has(foreign)) spelled.set(foreign, node);
  if (node.referenceOnly) return;
  if (DIALECT_AGE[node.dialect] < DIALECT_AGE["2019-09"]) {
    const id = value.get(node.dialect === "draft-04" ? "id" : "$id");
    const name = typeof id === "string" ? fragmentOf(id) : undefined;
    if (name !== undefined && name !== "" && !anchors.has(name)) anchors.set(name, node);
    return;
  }
  const anchor = value.get("$anchor");
  const dynamic = value.get("$dynamicAnchor");
  if (typeof anchor === "string" && !anchors.has(anchor)) anchors.set(anchor, node);
  if (typeof dynamic !== "string" || !keywords.has("$dynamicAnchor")) return;
  if (!anchors.has(dynamic)) anchors.set(dynamic, node);
  if (!dynamicAnchors.has(dynamic)) dynamicAnchors.set(dynamic, node);
}
