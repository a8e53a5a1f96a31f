import { SchemaError } from "../errors.js";
import { beforeValue, type Configuration, ConfigurationInterner, END } from "../grammar/index.js";
import { compilePattern } from "../regex/index.js";
import { checkDocument, exploreGoals, formatOf, Goals, SchemaDocument } from "../schema/index.js";
import type { JsonSchema } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";
import { DocumentMatcher } from "./documentMatcher.js";
import { Follower } from "./follower.js";
import type { CompileLimits, CompileOptions, Grammar } from "./grammar.js";
import type { Matcher } from "./matcher.js";

const DEFAULT_LIMITS: CompileLimits = {
  schemaBytes: 4 << 20,
  depth: 512,
  alternatives: 2048,
  regexStates: 50_000,
  compileMs: 10_000,
};
const DEFAULT_WHITESPACE = 128;
/** Goals, and milliseconds, that looking ahead for refusals may take. */
const EXPLORED_GOALS = 4000;
const EXPLORED_MS = 200;

/** Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileSchema(schema: JsonSchema, options: CompileOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const began = performance.now();
  const document = new SchemaDocument(schema, {
    defaultDialect: options.defaultDialect ?? "2020-12",
    ...(options.documents === undefined ? {} : { documents: options.documents }),
    limits,
  });
  const { warnings } = checkDocument(document, {
    knownFormat: (name) => formatOf(name) !== undefined,
    checkPattern: (source) => void compilePattern(source, { states: limits.regexStates }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    deadline: began + limits.compileMs,
  });
  const goals = new Goals(document, {
    anyOrder: options.propertyOrder === "any",
    alternatives: limits.alternatives,
    regexStates: limits.regexStates,
  });
  const { root } = goals;
  if (root.shortest === undefined) {
    throw new SchemaError("unsatisfiable_schema", "No document can meet this schema.", "");
  }
  exploreGoals(goals, EXPLORED_GOALS, Math.min(began + limits.compileMs, performance.now() + EXPLORED_MS));
  const interner = new ConfigurationInterner();
  const start = interner.single(beforeValue(root), interner.single(END, interner.empty));
  return new SchemaGrammar(start, options.maxWhitespace ?? DEFAULT_WHITESPACE, warnings);
}

class SchemaGrammar implements Grammar {
  readonly warnings: Grammar["warnings"];
  private readonly start: Configuration;
  private readonly maxWhitespace: number;

  constructor(start: Configuration, maxWhitespace: number, warnings: Grammar["warnings"]) {
    this.start = start;
    this.maxWhitespace = maxWhitespace;
    this.warnings = warnings;
  }

  accepts(text: string): boolean {
    const follower = new Follower(this.start, this.maxWhitespace);
    for (const byte of new TextEncoder().encode(text)) if (!follower.advance(byte)) return false;
    return follower.configuration.canEnd;
  }

  matcher(vocabulary: Vocabulary): Matcher {
    return new DocumentMatcher(vocabulary, this.start, this.maxWhitespace);
  }
}
