import type { JsonValue } from "../../json/index.js";

/** What a validator says of a document. */
export interface Verdict {
  /** Whether the document meets the schema. */
  valid: boolean;
  /** JSON pointer into the document: what is at fault. */
  pointer?: string;
  /** What is wrong with it. */
  message?: string;
}

/** A schema compiled by one library. */
export interface Judge {
  /** Throws where the library cannot judge this document. */
  check(document: JsonValue): Verdict;
  /** Frees what the library keeps of the schema. */
  forget(): void;
}
