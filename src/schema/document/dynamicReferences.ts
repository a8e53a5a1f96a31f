import type { SchemaNode, SchemaResource } from "./node.js";
import { fragmentOf } from "./uri.js";

/** The static target of a node's reference. */
export type Resolve = (node: SchemaNode, keyword: "$dynamicRef" | "$recursiveRef") => SchemaNode;

/** `$dynamicRef` (2020-12 core, 8.2.3.2) and `$recursiveRef` (2019-09 core, 8.2.4.2). */
export class DynamicReferences {
  private readonly resolve: Resolve;
  /** Dynamic anchors of all resources, by name. */
  private anchors: ReadonlyMap<string, readonly SchemaNode[]> | undefined;
  /** Roots of resources with a recursive anchor. */
  private roots: readonly SchemaNode[] | undefined;

  constructor(resolve: Resolve) {
    this.resolve = resolve;
  }

  /**
   * The target of the node's reference in the scope of the entered resources, outermost first. With an empty scope, it is that of a
   * plain `$ref`.
   */
  follow(node: SchemaNode, scope: readonly SchemaResource[]): SchemaNode {
    if (node.keyword("$dynamicRef") === undefined) {
      const target = this.resolve(node, "$recursiveRef");
      if (!isRecursive(target)) return target;
      for (const resource of scope) if (resource.recursiveAnchor) return resource.root;
      return target;
    }
    const target = this.resolve(node, "$dynamicRef");
    const name = dynamicNameOf(node, target);
    if (name === undefined) return target;
    for (const resource of scope) {
      const dynamicTarget = resource.dynamicAnchors.get(name);
      if (dynamicTarget !== undefined) return dynamicTarget;
    }
    return target;
  }

  /** Where dynamic references of any node may lead to. */
  everyTarget(resources: Iterable<SchemaResource>): SchemaNode[] {
    const all = [...new Set(resources)];
    const roots = all.filter(({ recursiveAnchor }) => recursiveAnchor).map(({ root }) => root);
    return [...roots, ...all.flatMap(({ dynamicAnchors }) => [...dynamicAnchors.values()])];
  }

  /**
   * All possible targets of the node's reference, in any scope. `resources` are all resources, so all documents must have been
   * loaded.
   */
  targets(node: SchemaNode, resources: Iterable<SchemaResource>): readonly SchemaNode[] {
    if (node.keyword("$dynamicRef") === undefined) {
      const plain = this.resolve(node, "$recursiveRef");
      if (!isRecursive(plain)) return [plain];
      this.roots ??= [...new Set(resources)]
        .filter(({ recursiveAnchor }) => recursiveAnchor)
        .map(({ root }) => root);
      return this.roots;
    }
    const plain = this.resolve(node, "$dynamicRef");
    const name = dynamicNameOf(node, plain);
    if (name === undefined) return [plain];
    this.anchors ??= anchorsOf(resources);
    return this.anchors.get(name) ?? [];
  }
}

function isRecursive(target: SchemaNode): boolean {
  return target === target.resource.root && target.resource.recursiveAnchor;
}

/** The name of the anchor; undefined if the static target is not a dynamic anchor of that name, and therefore final. */
function dynamicNameOf(node: SchemaNode, target: SchemaNode): string | undefined {
  const name = fragmentOf(node.keyword("$dynamicRef") as string);
  return name !== undefined && target.resource.dynamicAnchors.get(name) === target ? name : undefined;
}

function anchorsOf(resources: Iterable<SchemaResource>): ReadonlyMap<string, readonly SchemaNode[]> {
  const anchors = new Map<string, SchemaNode[]>();
  for (const { dynamicAnchors } of new Set(resources)) {
    for (const [name, node] of dynamicAnchors) {
      const nodes = anchors.get(name);
      if (nodes === undefined) anchors.set(name, [node]);
      else nodes.push(node);
    }
  }
  return anchors;
}
