import { writeSync } from "node:fs";
import {
  type CompileOptions,
  prepareVocabulary,
  type Vocabulary,
  vocabularyFromTokenizer,
} from "../constraint/index.js";
import {
  type ConstraintSource,
  DEFAULT_SERVICE_SETTINGS,
  Grammars,
  keepTables,
} from "../constraint/service/index.js";
import { FormworkError } from "../errors.js";
import { Sequence, UNLIMITED } from "./sequence.js";
import { MaskTimes } from "./statistics.js";

export interface InitRequest {
  /** The content of a Hugging Face `tokenizer.json`, as text. */
  tokenizer: string;
  /** Rows of the model's output layer. */
  size: number;
  /** An end token of the model. */
  eos: number;
  /** Descriptor of the file for `rows` masks, which the other side has mapped. */
  masks: number;
  rows: number;
  /** Maximum run of white space between the tokens of a document. */
  whitespace: number;
  /** `closed`: objects with named members get no others. */
  additionalMembers?: "closed" | "schema";
}

export interface CompileRequest {
  handle: number;
  kind: "json" | "json_object" | "regex" | "choice";
  /** The schema as JSON text; the pattern; the choices as a JSON array; empty for `json_object`. */
  text: string;
  /** Tokens that end an answer. */
  ends: number[];
  /** The answer's budget in tokens, including the end token. */
  budget?: number;
}

export interface CompileAnswer {
  /** Tokens of the shortest document that was found. */
  least: number;
  milliseconds: number;
}

interface Started {
  vocabulary: Vocabulary;
  masks: number;
  rows: Uint32Array[];
  bytes: Uint8Array;
  /** The mask before a draft token that is only checked. */
  draftMask: Uint32Array;
  options: CompileOptions;
}

/** Matchers by handle, controlled by frames. Single-threaded: processes one batch after the other. */
export class Service {
  private started: Started | undefined;
  private readonly grammars = new Grammars(DEFAULT_SERVICE_SETTINGS.limits);
  private readonly sequences = new Map<number, Sequence>();
  private readonly times = new MaskTimes();
  private steps = 0;

  init(request: InitRequest): { tokens: number } {
    const vocabulary = vocabularyFromTokenizer(JSON.parse(request.tokenizer), request);
    keepTables(vocabulary);
    prepareVocabulary(vocabulary);
    const { maskWords } = vocabulary;
    const words = new Uint32Array(request.rows * maskWords);
    this.started = {
      vocabulary,
      masks: request.masks,
      rows: Array.from({ length: request.rows }, (_, row) =>
        words.subarray(row * maskWords, (row + 1) * maskWords),
      ),
      bytes: new Uint8Array(words.buffer),
      draftMask: new Uint32Array(maskWords),
      options: {
        maxWhitespace: request.whitespace,
        additionalMembers: request.additionalMembers ?? "closed",
        numbers: "plain",
      },
    };
    return { tokens: vocabulary.size };
  }

  /** Throws `SchemaError` with pointer and keyword, or `budget_too_small`. */
  compile(request: CompileRequest): CompileAnswer {
    const began = performance.now();
    const { vocabulary, options } = this.running();
    const grammar = this.grammars.of(sourceOf(request, options));
    const sequence = new Sequence(vocabulary, grammar.matcher(vocabulary), request.ends);
    const least = sequence.tokensToEnd;
    if (request.budget !== undefined && request.budget < least) {
      throw new FormworkError(
        "budget_too_small",
        `The answer may have ${request.budget} tokens; the shortest document of this schema needs ${least}.`,
      );
    }
    this.sequences.set(request.handle, sequence);
    return { least, milliseconds: performance.now() - began };
  }

  /**
   * `words`: a count, then for each sequence `handle, remaining, undo, accepted, drafts, tokens...`. Undoes the last `undo`
   * tokens, accepts `accepted` tokens, and writes a mask for the position after them and after each draft token. Each sequence has
   * `1 + drafts` rows of the mask file, in order. Returns the number of filled rows for each: fewer if a draft token is not
   * permitted, 0 if the sequence cannot continue, for the reason in `failures`.
   */
  step(words: Uint32Array, withMasks: boolean): { filled: Uint32Array; failures: Record<number, string> } {
    const { rows, masks, bytes } = this.running();
    const filled = new Uint32Array(words[0]);
    const failures: Record<number, string> = {};
    let row = 0;
    for (let i = 0, at = 1; i < filled.length; i++) {
      const [handle, remaining, undo, accepted, drafts] = words.subarray(at, at + 5);
      const tokens = words.subarray(at + 5, at + 5 + accepted + drafts);
      at += 5 + accepted + drafts;
      const sequence = this.sequences.get(handle);
      if (sequence === undefined) {
        failures[handle] = "There is no such sequence.";
        row += 1 + drafts;
        continue;
      }
      if (sequence.failure === undefined) {
        try {
          this.advance(sequence, undo, tokens.subarray(0, accepted));
          const into = withMasks ? rows.slice(row, row + 1 + drafts) : undefined;
          filled[i] = this.follow(sequence, tokens.subarray(accepted), remaining, into);
        } catch (error) {
          sequence.failure = (error as Error).message;
        }
      }
      if (sequence.failure !== undefined) failures[handle] = sequence.failure;
      row += 1 + drafts;
    }
    if (withMasks) {
      this.steps++;
      const length = row * rows[0].byteLength;
      for (let from = 0; from < length; ) from += writeSync(masks, bytes, from, length - from, from);
    }
    return { filled, failures };
  }

  forget(handles: readonly number[]): void {
    for (const handle of handles) this.sequences.delete(handle);
  }

  statistics(): Record<string, number> {
    return {
      ...this.times.summary(),
      steps: this.steps,
      compiles: this.grammars.compiles,
      sequences: this.sequences.size,
      grammars: this.grammars.size,
      memory_bytes: process.memoryUsage.rss(),
    };
  }

  private running(): Started {
    if (this.started === undefined) throw new FormworkError("invalid_request", "`init` has to come first.");
    return this.started;
  }

  private advance(sequence: Sequence, undo: number, tokens: Uint32Array): void {
    sequence.rollback(undo);
    for (const token of tokens) {
      if (!sequence.accept(token)) throw new Error(`Token ${token} is not allowed where it was written.`);
    }
  }

  /**
   * Masks for the current position and after each draft token; the drafts are undone. A draft token counts if the mask before it
   * contains it. One that leaves no ending within the budget is not permitted, which is no failure of the sequence.
   */
  private follow(
    sequence: Sequence,
    drafts: Uint32Array,
    remaining: number,
    rows: readonly Uint32Array[] | undefined,
  ): number {
    let taken = 0;
    try {
      for (;;) {
        const mask = rows?.[taken] ?? this.running().draftMask;
        if (rows !== undefined || taken < drafts.length) {
          const began = performance.now();
          sequence.fillMask(mask, remaining === UNLIMITED ? UNLIMITED : Math.max(0, remaining - taken));
          if (rows !== undefined) this.times.add((performance.now() - began) * 1000);
        }
        if (taken === drafts.length) return taken + 1;
        const draft = drafts[taken];
        if (((mask[draft >>> 5] >>> (draft & 31)) & 1) === 0 || !sequence.accept(draft)) return taken + 1;
        taken++;
      }
    } finally {
      sequence.rollback(taken);
    }
  }
}

function sourceOf({ kind, text }: CompileRequest, options: CompileOptions): ConstraintSource {
  switch (kind) {
    case "regex":
      return { kind: "segments", segments: [{ kind: "regex", pattern: text }] };
    case "choice":
      return { kind: "segments", segments: [{ kind: "choice", choices: JSON.parse(text) }] };
    default:
      return { kind: "schema", schemaText: kind === "json" ? text : '{"type":"object"}', options };
  }
}
