import { SchemaError } from "../errors.js";
import { type Configuration, ConfigurationInterner, END, Fuel } from "../grammar/index.js";
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
  compileWork: 400_000_000,
  stepWork: 200_000_000,
  memoryBytes: 512 << 20,
};
const DEFAULT_WHITESPACE = 128;
/** Share of the memory limit after which a grammar starts afresh for its next document and forgets what it worked out. */
const KEPT_SHARE = 0.1;

/** Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileSchema(schema: JsonSchema, options: CompileOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const began = performance.now();
  const fuel = new Fuel(limits);
  const document = new SchemaDocument(schema, {
    defaultDialect: options.defaultDialect ?? "2020-12",
    formats: options.formats ?? "assert",
    ...(options.documents === undefined ? {} : { documents: options.documents }),
    limits,
  });
  const { warnings } = checkDocument(document, {
    knownFormat: isKnownFormat,
    checkPattern: (keyword, source) => requirePattern(keyword, source, { states: limits.regexStates, fuel }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    deadline: began + limits.compileMs,
  });
  const makeGoals = (fuel: Fuel) =>
    new Goals(document, {
      fuel,
      anyOrder: options.propertyOrder === "any",
      plain: options.numbers === "plain",
      alternatives: limits.alternatives,
      regexStates: limits.regexStates,
    });
  const goals = makeGoals(fuel);
  goals.watch = () => {
    if (options.signal?.aborted)
      throw new SchemaError("cancelled", "Compiling the schema was cancelled.", "");
    if (performance.now() > began + limits.compileMs)
      throw new SchemaError(
        "timeout",
        `Compiling the schema takes longer than the limit compileMs (${limits.compileMs} ms).`,
        "",
      );
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
  return new SchemaGrammar(goals, makeGoals, limits, options.maxWhitespace ?? DEFAULT_WHITESPACE, warnings);
}

class SchemaGrammar implements Grammar {
  readonly warnings: Grammar["warnings"];
  private readonly makeGoals: (fuel: Fuel) => Goals;
  private readonly limits: CompileLimits;
  private readonly maxWhitespace: number;
  private goals: Goals;
  private first: Configuration;

  constructor(
    goals: Goals,
    makeGoals: (fuel: Fuel) => Goals,
    limits: CompileLimits,
    maxWhitespace: number,
    warnings: Grammar["warnings"],
  ) {
    this.goals = goals;
    this.makeGoals = makeGoals;
    this.limits = limits;
    this.maxWhitespace = maxWhitespace;
    this.warnings = warnings;
    this.first = begin(goals);
  }

  accepts(text: string): boolean {
    const first = this.start();
    first.interner.fuel.beginStep();
    const follower = new Follower(first, this.maxWhitespace);
    for (const byte of new TextEncoder().encode(text)) if (!follower.advance(byte)) return false;
    return follower.configuration.canEnd;
  }

  matcher(vocabulary: Vocabulary): Matcher {
    return new DocumentMatcher(vocabulary, this.start(), this.maxWhitespace);
  }

  get byteLength(): number {
    return this.goals.fuel.held;
  }

  private start(): Configuration {
    if (this.goals.fuel.held > this.limits.memoryBytes * KEPT_SHARE) {
      this.goals = this.makeGoals(new Fuel(this.limits));
      this.first = begin(this.goals);
    }
    return this.first;
  }
}

function begin(goals: Goals): Configuration {
  return new ConfigurationInterner(goals.fuel).empty.around(END).around(goals.root.place);
}
