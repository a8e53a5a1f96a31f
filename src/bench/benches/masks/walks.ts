import { createWriteStream } from "node:fs";
import { compileSchema, type Grammar, type Vocabulary } from "../../../constraint/index.js";
import { validateDocument } from "../../../engine/index.js";
import { FormworkError } from "../../../errors.js";
import type { Shard } from "../../shard.js";
import { readCases, readVocabulary } from "./cases.js";

export interface WalkOptions {
  cases: string;
  shard: Shard;
  /** Budget of a document in tokens. */
  budget: number;
  seed: number;
  /** File for failed walks, one line of JSON each. */
  out?: string;
  signal?: AbortSignal;
  progress?: (done: number) => void;
}

export interface WalkFigures {
  schemas: number;
  /** Schemas that do not compile, or have no document within the budget. */
  refused: number;
  over_budget: number;
  walks: number;
  /** Ended in a document that may end there, within the budget. */
  finished: number;
  /** Finished, and accepted by the validator. */
  valid: number;
}

type Outcome = { text: string } | { fault: string };

/**
 * Random walks: for each schema that compiles, random tokens from the masks until the document ends or the budget forces the shortest
 * known ending. The independent validator checks the documents.
 */
export async function benchWalks(options: WalkOptions): Promise<WalkFigures> {
  const vocabulary = await readVocabulary(options.cases);
  const walker = new Walker(vocabulary, options.seed);
  const out = options.out === undefined ? undefined : createWriteStream(options.out);
  const figures: WalkFigures = {
    schemas: 0,
    refused: 0,
    over_budget: 0,
    walks: 0,
    finished: 0,
    valid: 0,
  };
  for await (const one of readCases(options.cases, options.shard)) {
    options.signal?.throwIfAborted();
    figures.schemas++;
    options.progress?.(figures.schemas);
    let grammar: Grammar;
    try {
      grammar = compileSchema(one.schema, { numbers: "plain" });
    } catch (thrown) {
      if (!(thrown instanceof FormworkError)) throw thrown;
      figures.refused++;
      continue;
    }
    if (grammar.matcher(vocabulary).tokensToEnd() > options.budget) {
      figures.over_budget++;
      continue;
    }
    figures.walks++;
    const outcome = walker.walk(grammar, options.budget);
    if ("fault" in outcome) {
      out?.write(`${JSON.stringify({ id: one.id, ...outcome })}\n`);
      continue;
    }
    figures.finished++;
    const verdict = await validateDocument(one.schema, outcome.text);
    if (verdict.valid) figures.valid++;
    else
      out?.write(
        `${JSON.stringify({ id: one.id, fault: verdict.message, at: verdict.pointer, ...outcome })}\n`,
      );
  }
  if (out !== undefined) await new Promise<void>((resolve) => out.end(resolve));
  return figures;
}

/** Generates random documents from masks. */
export class Walker {
  private readonly vocabulary: Vocabulary;
  private readonly mask: Uint32Array;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private state: number;

  constructor(vocabulary: Vocabulary, seed: number) {
    this.vocabulary = vocabulary;
    this.mask = new Uint32Array(vocabulary.maskWords);
    this.state = seed | 1;
  }

  /** One document, or the error: a dead end, an ending longer than promised, malformed UTF-8. */
  walk(grammar: Grammar, budget: number): Outcome {
    const { mask, vocabulary } = this;
    const matcher = grammar.matcher(vocabulary);
    const tokens: number[] = [];
    while (tokens.length + matcher.tokensToEnd() < budget) {
      matcher.fillMask(mask);
      const token = this.draw();
      if (token < 0) return { fault: `dead end after ${this.show(tokens)}` };
      if (token === vocabulary.eos) return this.finish(tokens);
      if (!matcher.accept(token))
        return { fault: `token ${token} of the mask refused after ${this.show(tokens)}` };
      // The token may have led further from the end than the budget permits; then another one is used.
      if (tokens.length + 1 + matcher.tokensToEnd() > budget) {
        matcher.rollback(1);
        break;
      }
      tokens.push(token);
    }
    const closing = matcher.closingTokens();
    for (const token of closing) {
      if (!matcher.accept(token))
        return { fault: `token ${token} of the way out refused after ${this.show(tokens)}` };
      tokens.push(token);
    }
    if (!matcher.canEnd) return { fault: `the way out does not end: ${this.show(tokens)}` };
    if (tokens.length > budget) return { fault: `${tokens.length} tokens for a budget of ${budget}` };
    return this.finish(tokens);
  }

  private finish(tokens: readonly number[]): Outcome {
    try {
      return { text: this.decoder.decode(this.vocabulary.bytesOf(tokens)) };
    } catch {
      return { fault: `not UTF-8: ${this.show(tokens)}` };
    }
  }

  private show(tokens: readonly number[]): string {
    return JSON.stringify(new TextDecoder().decode(this.vocabulary.bytesOf(tokens)).slice(-200));
  }

  /** A random token of the mask, preferring low ids, which are short structural tokens; -1 for none. */
  private draw(): number {
    const words = this.mask.length;
    const last = this.random() < 0.6 ? Math.min(words, 32) : words;
    const from = Math.floor(this.random() * last);
    for (let i = 0; i < words; i++) {
      const word = (from + i) % words;
      const bits = this.mask[word];
      if (bits === 0) continue;
      const turn = Math.floor(this.random() * 32);
      for (let bit = 0; bit < 32; bit++) {
        const at = (bit + turn) & 31;
        if (((bits >>> at) & 1) === 1) return (word << 5) | at;
      }
    }
    return -1;
  }

  /** Uniform in [0, 1): xorshift, 32 bits. */
  private random(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }
}
