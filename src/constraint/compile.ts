import { SchemaError } from "../errors.js";
import { type Configuration, ConfigurationInterner, END, Fuel } from "../grammar/index.js";
import {
  checkDocument,
  exploreGoals,
  Goals,
  isKnownFormat,
  requirePattern,
  SchemaDocument,
  type SchemaWarning,
} from "../schema/index.js";
import type { JsonSchema, SchemaText } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";
import { DocumentMatcher } from "./documentMatcher.js";
import { Follower } from "./follower.js";
import type { CompileLimits, CompileOptions, Grammar } from "./grammar.js";
import type { Matcher } from "./matcher.js";
import { tagTokens } from "./segments/tags.js";

export const DEFAULT_LIMITS: CompileLimits = {
  schemaBytes: 4 << 20,
  depth: 512,
  alternatives: 2048,
  regexStates: 50_000,
  compileMs: 10_000,
  compileWork: 400_000_000,
  stepWork: 200_000_000,
  memoryBytes: 512 << 20,
};
export const DEFAULT_WHITESPACE = 128;
/** Share of the memory limit after which a grammar starts afresh for its next document and forgets what it worked out. */
const KEPT_SHARE = 0.1;

/** `schema`: a value, or its JSON text. Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileSchema(schema: JsonSchema | SchemaText, options: CompileOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const fuel = new Fuel(limits);
  const { goals, makeGoals, warnings } = compileGoals(schema, options, fuel);
  return new AutomatonGrammar({
    first: begin(goals),
    restart: (fresh) => begin(makeGoals(fresh)),
    limits,
    maxWhitespace: options.maxWhitespace ?? DEFAULT_WHITESPACE,
    warnings,
  });
}

function begin(goals: Goals): Configuration {
  return new ConfigurationInterner(goals.fuel).empty.around(END).around(goals.root.place);
}

/** A schema as goals. `makeGoals` makes them anew, to forget what was remembered with them. */
export interface CompiledGoals {
  goals: Goals;
  makeGoals: (fuel: Fuel) => Goals;
  warnings: SchemaWarning[];
}

/** Throws `SchemaError` with the pointer and the keyword at fault. */
export function compileGoals(
  schema: JsonSchema | SchemaText,
  options: CompileOptions,
  fuel: Fuel,
): CompiledGoals {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const began = performance.now();
  const document = new SchemaDocument(readSchema(schema), {
    defaultDialect: options.defaultDialect ?? "2020-12",
    formats: options.formats ?? "assert",
    ...(options.documents === undefined ? {} : { documents: mapValues(options.documents, readSchema) }),
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
  return { goals, makeGoals, warnings };
}

/** An automaton made ready to be followed. */
export interface AutomatonParts {
  /** Before all text. */
  first: Configuration;
  /** Makes that anew with other fuel, so that what was remembered with the old one can be freed. */
  restart: (fuel: Fuel) => Configuration;
  limits: CompileLimits;
  maxWhitespace: number;
  warnings: Grammar["warnings"];
  /** Texts that control tokens of a vocabulary may stand for. */
  tags?: readonly string[];
}

function readSchema(schema: JsonSchema | SchemaText): JsonSchema {
  return typeof schema === "string" ? (JSON.parse(schema) as JsonSchema) : schema;
}

function mapValues<One, Other>(
  record: Readonly<Record<string, One>>,
  change: (value: One) => Other,
): Record<string, Other> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

export class AutomatonGrammar implements Grammar {
  private readonly parts: AutomatonParts;
  private first: Configuration;

  constructor(parts: AutomatonParts) {
    this.parts = parts;
    this.first = parts.first;
  }

  get warnings(): Grammar["warnings"] {
    return this.parts.warnings;
  }

  accepts(text: string): boolean {
    const first = this.start();
    first.interner.fuel.beginStep();
    const follower = new Follower(first, this.parts.maxWhitespace);
    for (const byte of new TextEncoder().encode(text)) if (!follower.advance(byte)) return false;
    return follower.configuration.canEnd;
  }

  matcher(vocabulary: Vocabulary): Matcher {
    const { maxWhitespace, tags = [] } = this.parts;
    const known = tags.length === 0 ? undefined : tagTokens(vocabulary, tags);
    return new DocumentMatcher(vocabulary, this.start(), maxWhitespace, known);
  }

  get byteLength(): number {
    return this.first.interner.fuel.held;
  }

  private start(): Configuration {
    const { limits, restart } = this.parts;
    if (this.byteLength > limits.memoryBytes * KEPT_SHARE) this.first = restart(new Fuel(limits));
    return this.first;
  }
}
