import { compileSchema, type Grammar, type Vocabulary } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import type { MaskFigures } from "../../results.js";
import type { MaskCase, MaskTest } from "./cases.js";
import { Tally } from "./tally.js";

/** The outcome of one case, written to `--out` as a line. */
export interface CaseOutcome {
  id: string;
  /** Compiling and the first mask; the slowest mask with its token. Microseconds. */
  first_us?: number;
  slowest_us?: number;
  compile_error?: string;
  code?: string;
  pointer?: string;
  keyword?: string;
  /** Numbers of valid documents that were rejected, and of invalid ones that were accepted. */
  validation_error?: number[];
  invalidation_error?: number[];
  /** A defect: an error other than a `SchemaError`. */
  exception?: string;
  timeout?: true;
}

/** Maximum milliseconds per case. */
const CASE_LIMIT_MS = 60_000;

/**
 * Runs cases sequentially and records times in microseconds: of compiling with the first mask, and of each mask with accepting the next
 * token, like the peers' runner.
 */
export class MaskRun {
  private readonly tally = new Tally();
  private readonly vocabulary: Vocabulary;
  private readonly mask: Uint32Array;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.mask = new Uint32Array(vocabulary.maskWords);
    // Preparations per vocabulary, which the peers' tokenizers do when they are created.
    compileSchema(true).matcher(vocabulary).fillMask(this.mask);
  }

  run(one: MaskCase): CaseOutcome {
    const outcome: CaseOutcome = { id: one.id };
    const deadline = performance.now() + CASE_LIMIT_MS;
    this.tally.counts.schemas++;
    const grammar = this.compile(one, outcome);
    if (grammar === undefined) {
      this.tally.counts.compile_errors++;
      return outcome;
    }
    const refused: number[] = [];
    const letThrough: number[] = [];
    for (let number = 0; number < one.tests.length; number++) {
      const test = one.tests[number];
      const accepted = this.follow(grammar, test, deadline, outcome);
      if (accepted && !test.valid) letThrough.push(number);
      if (!accepted && test.valid) refused.push(number);
    }
    if (outcome.timeout) {
      this.tally.counts.timeouts++;
      return outcome;
    }
    if (refused.length > 0) {
      outcome.validation_error = refused;
      this.tally.counts.validation_errors++;
    }
    if (letThrough.length > 0) {
      outcome.invalidation_error = letThrough;
      this.tally.counts.invalidation_errors++;
    }
    if (refused.length + letThrough.length === 0) this.tally.counts.passing++;
    return outcome;
  }

  private compile(one: MaskCase, outcome: CaseOutcome): Grammar | undefined {
    const began = performance.now();
    try {
      // Real documents have any order of members.
      const grammar = compileSchema(one.schema, { propertyOrder: "any" });
      grammar.matcher(this.vocabulary).fillMask(this.mask);
      const taken = (performance.now() - began) * 1000;
      this.tally.firstMaskTimes.push(taken);
      outcome.first_us = Math.round(taken);
      return grammar;
    } catch (thrown) {
      outcome.compile_error = thrown instanceof Error ? thrown.message.slice(0, 300) : String(thrown);
      if (thrown instanceof FormworkError) {
        outcome.code = thrown.code;
        if (thrown.pointer !== undefined) outcome.pointer = thrown.pointer;
        if (thrown.keyword !== undefined) outcome.keyword = thrown.keyword;
      } else outcome.exception = stackOf(thrown);
      return undefined;
    }
  }

  private follow(grammar: Grammar, test: MaskTest, deadline: number, outcome: CaseOutcome): boolean {
    const { mask } = this;
    const { maskTimes } = this.tally;
    let slowest = 0;
    try {
      const matcher = grammar.matcher(this.vocabulary);
      for (const token of test.tokens) {
        const began = performance.now();
        matcher.fillMask(mask);
        const allowed = ((mask[token >>> 5] >>> (token & 31)) & 1) === 1 && matcher.accept(token);
        const ended = performance.now();
        maskTimes.push((ended - began) * 1000);
        if (ended - began > slowest) slowest = ended - began;
        if (!allowed) return false;
        if (ended > deadline) {
          outcome.timeout = true;
          return false;
        }
      }
      return matcher.canEnd;
    } catch (thrown) {
      outcome.exception = stackOf(thrown);
      return false;
    } finally {
      outcome.slowest_us = Math.max(outcome.slowest_us ?? 0, Math.round(slowest * 1000));
    }
  }

  figures(): MaskFigures {
    return this.tally.figures("formwork");
  }
}

function stackOf(thrown: unknown): string {
  return (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)).slice(0, 600);
}
