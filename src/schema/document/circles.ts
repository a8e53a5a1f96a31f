import { isJsonArray, isJsonObject } from "../../json/index.js";
import type { SchemaDocument } from "./document.js";
import type { SchemaNode } from "./node.js";
import { isSchema } from "./value.js";

/** A cycle of references between schemas that all evaluate the same value; one object per cycle. */
export interface Circle {
  /** Where it was first found. */
  readonly location: string;
}

/** A schema entered by the search, Tarjan's algorithm for strongly connected components. */
interface Visit {
  readonly node: SchemaNode;
  readonly order: number;
  /** The earliest open schema reachable from this one. */
  earliest: number;
  readonly left: SchemaNode[];
  leadsToItself: boolean;
}

/** Sets the cycle of each node that is part of one. `targets`: the targets of references. */
export function findCircles(document: SchemaDocument, targets: Iterable<SchemaNode>): void {
  const orders = new Map<SchemaNode, number>();
  const open: Visit[] = [];
  const way: Visit[] = [];
  const openAt = new Map<SchemaNode, Visit>();

  const enter = (node: SchemaNode) => {
    const left = node.resource.document.trusted ? [] : inPlace(document, node).map(({ to }) => to);
    const visit = { node, order: orders.size, earliest: orders.size, left, leadsToItself: false };
    orders.set(node, visit.order);
    open.push(visit);
    way.push(visit);
    openAt.set(node, visit);
  };

  const leave = (visit: Visit) => {
    way.pop();
    const outer = way.at(-1);
    if (outer !== undefined) outer.earliest = Math.min(outer.earliest, visit.earliest);
    if (visit.earliest < visit.order) return;
    const members = open.splice(open.lastIndexOf(visit));
    for (const { node } of members) openAt.delete(node);
    if (members.length > 1 || visit.leadsToItself) close(document, new Set(members.map(({ node }) => node)));
  };

  for (const target of targets) {
    if (orders.has(target)) continue;
    enter(target);
    for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
      const next = visit.left.pop();
      if (next === undefined) leave(visit);
      else if (!orders.has(next)) enter(next);
      else {
        const back = openAt.get(next);
        if (back === visit) visit.leadsToItself = true;
        if (back !== undefined) visit.earliest = Math.min(visit.earliest, back.order);
      }
    }
  }
}

function close(document: SchemaDocument, members: ReadonlySet<SchemaNode>): void {
  const [first] = members;
  const circle: Circle = { location: first.location };
  for (const node of members) {
    node.circle = circle;
    const looksBeside = node.assertions.some(({ keyword }) => keyword.denies && keyword.inPlace !== true);
    if (looksBeside || inPlace(document, node).some(({ to, denies }) => denies && members.has(to)))
      document.hasDenyingCircle = true;
  }
}

/** The schemas that keywords of `node` apply to the same value. */
function inPlace(document: SchemaDocument, node: SchemaNode): { to: SchemaNode; denies: boolean }[] {
  const found: { to: SchemaNode; denies: boolean }[] = [];
  for (const { keyword, given } of node.assertions) {
    const { name } = keyword;
    const denies = keyword.denies === true;
    const add = (member?: string | number) => found.push({ to: document.child(node, name, member), denies });
    if (keyword.refers === true) {
      const targets = name === "$ref" ? [document.reference(node)] : document.dynamicTargets(node);
      for (const to of targets) found.push({ to, denies });
    } else if (keyword.inPlace !== true) continue;
    else if (isJsonArray(given)) for (let i = 0; i < given.length; i++) add(i);
    else if (keyword.holds === "one") add();
    else if (isJsonObject(given)) for (const [member, value] of given) if (isSchema(value)) add(member);
  }
  return found;
}
