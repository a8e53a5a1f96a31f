import type { JsonSchema, JsonValue } from "../types.js";
import type { Judgement } from "./judge/judgement.js";

/** What a task asks of a model: everything a request needs but the sampling. */
export interface TaskRequest {
  /** A system message. */
  system?: string;
  /** The user's message. */
  prompt: string;
  /** What the document must be valid against. */
  schema: JsonSchema;
  /** Completion tokens at most. */
  maxTokens: number;
}

/**
 * One thing to be done and a measure of how well it was done. Most cases are one request; a pipeline
 * (prompt -> IR -> code) is several, each built from the documents before it.
 */
export interface TaskCase {
  /** Unique within its suite; stable, for comparisons pair by it. */
  id: string;
  /** The name of its suite. */
  suite: string;
  /** The steps in order, at least one. */
  steps: readonly TaskStep[];
  /** The documents of a right answer, one a step, where one is known. */
  reference?: readonly JsonValue[];
  /** Right and wrong cannot be judged: the form alone counts, and a failure is not a wrong answer. */
  formOnly?: true;
  /** Judges the document of the last step; `outputs` are those of all steps, each there. Never throws for a bad one. */
  judge(outputs: readonly JsonValue[]): Promise<Judgement>;
}

/** One request of a case. */
export interface TaskStep {
  /** `ir`, `code`, `generate`: what the time of this step is filed under. */
  task: string;
  /** Throws where this step cannot use an earlier document; the case then counts as wrong. */
  request(outputs: readonly JsonValue[]): TaskRequest;
}

/** Cases that belong together. */
export interface Suite {
  /** What `formwork bench tasks --suite` calls it. */
  name: string;
  /** One line for a person. */
  description: string;
  /** All cases, in a fixed order. */
  cases: readonly TaskCase[];
}
