import { JsonDocument } from "../../json/index.js";
import { BoundedCache } from "../../system/index.js";
import type { SchemaText } from "../../types.js";
import { schemaInstruction } from "./prompt.js";

/** An instruction and its number of tokens. */
export interface Instruction {
  text: string;
  tokens: number;
}

/** Maximum characters of the schema in successive instructions, until one fits. */
const LIMITS = [6000, 3000, 1500, 700, 300];
const KEPT_SCHEMAS = 256;
const KEPT_BYTES = 8 << 20;

/**
 * The prompt's descriptions of schemas, each in several lengths, written on demand. The number of tokens depends on the language of a
 * text, so the model's tokenizer determines which one fits.
 */
export class SchemaInstructions {
  private readonly brief: boolean;
  private readonly count: (text: string) => number;
  private readonly written = new BoundedCache<(Instruction | undefined)[]>({
    maxEntries: KEPT_SCHEMAS,
    maxBytes: KEPT_BYTES,
  });

  /** `brief`: names and meanings only. `count`: the number of tokens of a text. */
  constructor(brief: boolean, count: (text: string) => number) {
    this.brief = brief;
    this.count = count;
  }

  /**
   * Writes the instruction for a long schema in all lengths, calling `pause` after each piece of work so that other work can run;
   * `within` then returns them immediately.
   */
  async prepare(schemaText: SchemaText, pause: () => Promise<unknown>): Promise<void> {
    if (this.written.get(schemaText) !== undefined) return;
    const schema = await JsonDocument.readInTurns(schemaText, pause);
    const lengths: Instruction[] = [];
    for (const limit of LIMITS) {
      await pause();
      lengths.push(this.write(schema, limit));
    }
    this.keep(schemaText, lengths);
  }

  /** The longest instruction with at most `tokens` tokens; undefined if not even the shortest fits. */
  within(schemaText: SchemaText, tokens: number): Instruction | undefined {
    const lengths = this.written.get(schemaText) ?? [];
    let schema: JsonDocument | undefined;
    const found = LIMITS.findIndex((limit, at) => {
      lengths[at] ??= this.write((schema ??= JsonDocument.read(schemaText)), limit);
      return lengths[at].tokens <= tokens;
    });
    this.keep(schemaText, lengths);
    return lengths[found];
  }

  private keep(schemaText: SchemaText, lengths: (Instruction | undefined)[]): void {
    const bytes = lengths.reduce(
      (sum, instruction) => sum + (instruction?.text.length ?? 0),
      schemaText.length,
    );
    this.written.set(schemaText, lengths, bytes);
  }

  private write(schema: JsonDocument, limit: number): Instruction {
    const text = schemaInstruction(schema, limit, this.brief);
    return { text, tokens: this.count(text) };
  }
}
