import type { Binary, ListedNumbers } from "../../grammar/index.js";
import type { SchemaNode, SchemaResource } from "../document/index.js";

/** The context of a schema. Interned. */
export interface Scope {
  readonly id: number;
  /** The entered resources that dynamic references can see, outermost first. */
  readonly resources: readonly SchemaResource[];
  /** The schemas of its cycle that are already being evaluated for the same value, outermost first. */
  readonly open: readonly OpenSchema[];
}

/** A schema in a cycle of references that is being evaluated. */
export interface OpenSchema {
  readonly node: SchemaNode;
  /** The number of resources entered before. */
  readonly depth: number;
  /** Whether it has to hold or to fail. */
  readonly positive: boolean;
  /** Whether there was a negation on the way from it. */
  readonly isDenied: boolean;
}

/**
 * One conjunct of a goal: a schema that must hold or fail, or a list of permitted or excluded values. Interned by `id`; the
 * negation differs in the lowest bit.
 */
export type Literal = SchemaLiteral | ValuesLiteral;

export interface SchemaLiteral {
  readonly kind: "schema";
  readonly id: number;
  readonly node: SchemaNode;
  readonly scope: Scope;
  readonly positive: boolean;
  /** The same schema, already being evaluated for this value, so that it adds nothing. */
  readonly again: OpenSchema | undefined;
}

export interface ValuesLiteral {
  readonly kind: "values";
  readonly id: number;
  /** Canonical spellings. */
  readonly values: readonly Binary[];
  readonly set: ReadonlySet<Binary>;
  readonly positive: boolean;
  /** The values by what a branch excludes, once they have been sorted. */
  sorted?: SortedValues;
}

/** A list of values by what a branch excludes: words by their types, and the others. */
export interface SortedValues {
  readonly words: number;
  readonly strings: readonly string[];
  readonly numbers: ListedNumbers | undefined;
  readonly composites: readonly Binary[];
}
