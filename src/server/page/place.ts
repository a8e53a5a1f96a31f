import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";
import { pointerSteps } from "../../json/index.js";

/** Maximum milliseconds for parsing the text; then the tree so far is used. */
const PARSE_MS = 200;

/**
 * The position of a pointer's target in a JSON text: of the member's name or the item, and of the member `keyword` inside it if there is
 * one. Steps without a target are ignored, so the result is the nearest position.
 */
export function placeOf(state: EditorState, pointer: string, keyword?: string): number {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state);
  const read = (node: SyntaxNode) => state.sliceDoc(node.from, node.to);
  let value = tree.topNode.firstChild;
  let place = value?.from ?? 0;
  for (const step of [...(pointerSteps(pointer) ?? []), ...(keyword === undefined ? [] : [keyword])]) {
    const found: SyntaxNode | undefined =
      value?.name === "Object"
        ? memberOf(value, step, read)
        : value?.name === "Array"
          ? itemOf(value, step)
          : undefined;
    if (found === undefined) break;
    place = found.from;
    value = found.name === "Property" ? found.lastChild : found;
  }
  return place;
}

/** The last member with this name, which is the one that counts. */
function memberOf(
  object: SyntaxNode,
  name: string,
  read: (node: SyntaxNode) => string,
): SyntaxNode | undefined {
  return object.getChildren("Property").findLast((property) => {
    const written = property.getChild("PropertyName");
    return written !== null && nameOf(read(written)) === name;
  });
}

function nameOf(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function itemOf(array: SyntaxNode, step: string): SyntaxNode | undefined {
  const index = /^(?:0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
  let at = 0;
  for (let item = array.firstChild; item !== null; item = item.nextSibling) {
    if (/^[[\],]$|⚠/.test(item.name)) continue;
    if (at++ === index) return item;
  }
  return undefined;
}
