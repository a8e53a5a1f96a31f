import type { Binary } from "../../grammar/index.js";
import type { SchemaNode, SchemaResource } from "../document/index.js";

/** What surrounds a schema. Interned. */
export interface Scope {
  readonly id: number;
  /** The resources entered on the way that dynamic references can see, outermost first. */
  readonly resources: readonly SchemaResource[];
  /** The schemas of its circle that already judge the same value, outermost first. */
  readonly open: readonly OpenSchema[];
}

/** A schema of a circle of references whose judgement of a value is under way. */
export interface OpenSchema {
  readonly node: SchemaNode;
  /** How many resources had been entered. */
  readonly depth: number;
  /** Whether it is to hold, or to fail. */
  readonly positive: boolean;
  /** On the way from it some schema was asked for the opposite. */
  readonly isDenied: boolean;
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
  readonly scope: Scope;
  readonly positive: boolean;
  /** The same schema, where it is already judging this value: nothing more can be said of it. */
  readonly again: OpenSchema | undefined;
}

export interface ValuesLiteral {
  readonly kind: "values";
  readonly id: number;
  /** Canonical spellings. */
  readonly values: readonly Binary[];
  readonly set: ReadonlySet<Binary>;
  readonly positive: boolean;
}
