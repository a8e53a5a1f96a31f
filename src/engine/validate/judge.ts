import type { JsonValue } from "../../json/index.js";

/** A validator's verdict on a document. */
export interface Verdict {
  /** Whether the document is valid. */
  valid: boolean;
  /** JSON pointer to the error in the document. */
  pointer?: string;
  /** What is wrong with it. */
  message?: string;
}

/** A schema compiled by one library. */
export interface Judge {
  /** Throws if the library cannot validate this document. */
  check(document: JsonValue): Verdict;
  /** Frees the library's data for the schema. */
  forget(): void;
}
