import { ALL_TYPES, ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../../grammar/index.js";
import type { JsonArray } from "../../json/index.js";
import type { Assertion, SchemaNode } from "../document/index.js";
import { assertionsOf } from "../keywords/demands.js";
import type { Keyword } from "../keywords/keyword.js";
import { typeBits } from "../keywords/type.js";
import { areDisjointAtAGlance } from "./disjoint.js";
import type { Goals } from "./goals.js";
import type { Literal } from "./literal.js";
import { typesOf } from "./outline.js";

const SCALARS = NULL | TRUE | FALSE;

/**
 * A quick check of satisfiability. For most schemas it suffices, without splitting them into alternatives and searching for a
 * document. "Yes" is certain; "no" means that the full check is needed, as for any keyword that does not support the quick
 * check.
 */
export class QuickLook {
  readonly goals: Goals;
  /** By node; false while it is being checked: a value that needs itself does not exist. */
  private readonly known = new Map<SchemaNode, boolean>();

  constructor(goals: Goals) {
    this.goals = goals;
  }

  /** Whether some value surely satisfies the conjunction. */
  isPossibleTogether(literals: readonly Literal[]): boolean {
    if (literals.length !== 1) return literals.length === 0;
    const literal = literals[0];
    if (literal.kind === "values") return literal.positive === literal.values.length > 0;
    return literal.positive && this.isPossible(literal.node);
  }

  isPossible(node: SchemaNode): boolean {
    const before = this.known.get(node);
    if (before !== undefined) return before;
    this.known.set(node, false);
    const possible = this.look(node);
    this.known.set(node, possible);
    return possible;
  }

  isPossibleUnder(node: SchemaNode, keyword: string, member?: string | number): boolean {
    return this.isPossible(this.goals.document.child(node, keyword, member));
  }

  private look(node: SchemaNode): boolean {
    if (typeof node.value === "boolean") return node.value;
    const assertions = assertionsOf(node);
    const named = node.keyword("type");
    const { types, onlyIntegers } =
      named === undefined ? { types: undefined, onlyIntegers: false } : typeBits(named);
    const others = assertions.filter(({ keyword }) => keyword.name !== "type");
    const choice = others.find(({ keyword }) => keyword.quickChoice !== undefined)?.keyword;
    if (choice !== undefined)
      return others.length === 1 && !onlyIntegers && choice.quickChoice!(node, types, this);
    const left = types ?? (this.goals.options.closed ? preferredTypes(others) : ALL_TYPES);
    // Types that no keyword besides `type` restricts.
    let free = left;
    for (const { keyword } of others) free &= ~keyword.concerns;
    if ((free & (SCALARS | STRING | NUMBER | ARRAY | OBJECT)) !== 0) return true;
    return [STRING, NUMBER, ARRAY, OBJECT].some(
      (type) => (left & type) !== 0 && this.passes(node, type, others),
    );
  }

  private passes(node: SchemaNode, type: number, assertions: readonly Assertion<Keyword>[]): boolean {
    return assertions.every(
      ({ keyword }) => (keyword.concerns & type) === 0 || keyword.quickLook?.(node, this) === true,
    );
  }

  /** Whether only one language restricts the node's strings. */
  isOnlyLanguage(node: SchemaNode): boolean {
    return (
      assertionsOf(node).every(
        ({ keyword, given }) =>
          keyword.name === "type" ||
          (keyword.concerns & STRING) === 0 ||
          keyword.language !== undefined ||
          keyword.vocabulary === "content" ||
          (keyword.name === "minLength" && String(given) === "0"),
      ) && this.languagesOf(node) === 1
    );
  }

  private languagesOf(node: SchemaNode): number {
    const kinds = new Set<string>();
    for (const { keyword } of assertionsOf(node)) {
      if (keyword.language !== undefined) kinds.add(keyword.name);
      else if (keyword.vocabulary === "content") kinds.add("content");
    }
    return kinds.size;
  }

  /** Whether some branch of `anyOf` or `oneOf` surely holds; for `oneOf`, exactly one. */
  canChoose(node: SchemaNode, keyword: "anyOf" | "oneOf", types: number | undefined): boolean {
    const { goals } = this;
    const children = (node.keyword(keyword) as JsonArray).map((_, i) =>
      goals.plain(goals.document.child(node, keyword, i)),
    );
    return children.some(
      (child, i) =>
        (types === undefined || (typesOf(goals, child) & ~types) === 0) &&
        this.isPossible(child.node) &&
        (keyword === "anyOf" ||
          children.every(
            (other, j) => i === j || (child !== other && areDisjointAtAGlance(goals, child, other)),
          )),
    );
  }
}

/**
 * The types that a closed document may be limited to where the schema states none: those whose members or items its keywords
 * are about. Values of other types are no proof then.
 */
function preferredTypes(assertions: readonly Assertion<Keyword>[]): number {
  let types = 0;
  for (const { keyword } of assertions)
    if ((keyword.concerns & ~(OBJECT | ARRAY)) === 0) types |= keyword.concerns;
  return types === 0 ? ALL_TYPES : types;
}
