import type { JsonSchema, JsonValue } from "../types.js";
import type { Judgement } from "./judge/judgement.js";

/** The request of a task, without sampling settings. */
export interface TaskRequest {
  /** A system message. */
  system?: string;
  /** The user's message. */
  prompt: string;
  /** The schema of the document. */
  schema: JsonSchema;
  /** Maximum number of completion tokens. */
  maxTokens: number;
}

/**
 * A task and its evaluation. Most cases are one request; a pipeline (prompt -> IR -> code) has several, each built from earlier
 * documents.
 */
export interface TaskCase {
  /** Unique within its suite; stable, because comparisons pair cases by it. */
  id: string;
  /** The name of its suite. */
  suite: string;
  /** The steps in order, at least one. */
  steps: readonly TaskStep[];
  /** The documents of a correct answer, one per step, if known. */
  reference?: readonly JsonValue[];
  /** Whether correctness cannot be judged, so that only the form counts. */
  formOnly?: true;
  /** Judges the document of the last step; `outputs` are those of all steps. Never throws for a bad document. */
  judge(outputs: readonly JsonValue[]): Promise<Judgement>;
}

/** One request of a case. */
export interface TaskStep {
  /** `ir`, `code`, `generate`: the category for the time of this step. */
  task: string;
  /** Throws if this step cannot use an earlier document; the case then counts as wrong. */
  request(outputs: readonly JsonValue[]): TaskRequest;
}

/** A set of cases. */
export interface Suite {
  /** Its name for `formwork bench tasks --suite`. */
  name: string;
  /** A one-line description. */
  description: string;
  /** All cases, in a fixed order. */
  cases: readonly TaskCase[];
}
