import type { Binary } from "../../grammar/index.js";
import type { SchemaNode, SchemaResource } from "../document/index.js";

/** The resources entered on the way to a schema that dynamic references can see, outermost first. Interned. */
export interface DynamicScope {
  readonly id: number;
  readonly resources: readonly SchemaResource[];
}

/**
 * One conjunct of a goal: a schema that must hold, or must not; or a list of values that one must be, or must not be.
 * Interned by `id`; the opposite has the same id but for the lowest bit.
 */
export type Literal = SchemaLiteral | ValuesLiteral;

export interface SchemaLiteral {
  readonly kind: "schema";
  readonly id: number;
  readonly node: SchemaNode;
  readonly scope: DynamicScope;
  readonly positive: boolean;
}

export interface ValuesLiteral {
  readonly kind: "values";
  readonly id: number;
  /** Canonical spellings. */
  readonly values: readonly Binary[];
  readonly set: ReadonlySet<Binary>;
  readonly positive: boolean;
}
