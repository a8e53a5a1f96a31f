import { SchemaError } from "../errors.js";
import { type Configuration, ConfigurationInterner, END } from "../grammar/index.js";
import {
  checkDocument,
  exploreGoals,
  Goals,
  isKnownFormat,
  requirePattern,
  SchemaDocument,
} from "../schema/index.js";
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
/** Configurations after which a grammar starts afresh for its next document: what was remembered is let go. */
const MOST_CONFIGURATIONS = 100_000;

/** Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileSchema(schema: JsonSchema, options: CompileOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const began = performance.now();
  const document = new SchemaDocument(schema, {
    defaultDialect: options.defaultDialect ?? "2020-12",
    formats: options.formats ?? "assert",
    ...(options.documents === undefined ? {} : { documents: options.documents }),
    limits,
  });
  const { warnings } = checkDocument(document, {
    knownFormat: isKnownFormat,
    checkPattern: (keyword, source) => requirePattern(keyword, source, limits.regexStates),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    deadline: began + limits.compileMs,
  });
  const makeGoals = () =>
    new Goals(document, {
      anyOrder: options.propertyOrder === "any",
      plain: options.numbers === "plain",
      alternatives: limits.alternatives,
      regexStates: limits.regexStates,
    });
  const goals = makeGoals();
  goals.watch = () => {
    if (options.signal?.aborted)
      throw new SchemaError("cancelled", "Compiling the schema was cancelled.", "");
    if (performance.now() > began + limits.compileMs)
      throw new SchemaError("timeout", "Compiling the schema took too long.", "");
  };
  if (!goals.root.isPossible) {
    throw new SchemaError("unsatisfiable_schema", "No document can meet this schema.", "");
  }
  exploreGoals(goals);
  goals.watch = undefined;
  for (const pointer of goals.narrowed) {
    warnings.push({
      pointer,
      keyword: "",
      message:
        "The ways to meet this schema are too many to follow side by side: documents are written in some of them only.",
    });
  }
  return new SchemaGrammar(goals, makeGoals, options.maxWhitespace ?? DEFAULT_WHITESPACE, warnings);
}

class SchemaGrammar implements Grammar {
  readonly warnings: Grammar["warnings"];
  private readonly makeGoals: () => Goals;
  private readonly maxWhitespace: number;
  private interner = new ConfigurationInterner();
  private first: Configuration;

  constructor(goals: Goals, makeGoals: () => Goals, maxWhitespace: number, warnings: Grammar["warnings"]) {
    this.makeGoals = makeGoals;
    this.maxWhitespace = maxWhitespace;
    this.warnings = warnings;
    this.first = this.begin(goals);
  }

  accepts(text: string): boolean {
    const follower = new Follower(this.start(), this.maxWhitespace);
    for (const byte of new TextEncoder().encode(text)) if (!follower.advance(byte)) return false;
    return follower.configuration.canEnd;
  }

  matcher(vocabulary: Vocabulary): Matcher {
    return new DocumentMatcher(vocabulary, this.start(), this.maxWhitespace);
  }

  private start(): Configuration {
    if (this.interner.made > MOST_CONFIGURATIONS) {
      this.interner = new ConfigurationInterner();
      this.first = this.begin(this.makeGoals());
    }
    return this.first;
  }

  private begin(goals: Goals): Configuration {
    return this.interner.empty.around(END).around(goals.root.place);
  }
}
