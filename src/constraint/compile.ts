import { LimitError, SchemaError } from "../errors.js";
import {
  binaryOf,
  type Configuration,
  ConfigurationInterner,
  canonical,
  END,
  Fuel,
} from "../grammar/index.js";
import {
  checkDocument,
  findContradiction,
  type GoalOptions,
  Goals,
  KEYWORDS,
  lookAhead,
  requirePattern,
  SchemaDocument,
  type SchemaWarning,
  tooManyAlternatives,
} from "../schema/index.js";
import type { JsonSchema, SchemaText } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";
import { DocumentMatcher } from "./documentMatcher.js";
import { Follower } from "./follower.js";
import { type CompileOptions, DEFAULT_WHITESPACE, type Grammar } from "./grammar.js";
import { type CompileLimits, DEFAULT_LIMITS } from "./limits.js";
import type { Matcher } from "./matcher.js";
import { respelled } from "./respelled.js";
import { tagTokens } from "./segments/tags.js";

/** Approximate cost of checking one subschema, in elementary steps. */
const SUBSCHEMA_WORK = 20;
/** Fraction of the memory limit beyond which a grammar drops its caches before the next document. */
const KEPT_SHARE = 0.1;

/** Compiles a schema, given as a value or as JSON text. Throws `SchemaError` with the pointer and the keyword. */
export function compileSchema(schema: JsonSchema | SchemaText, options: CompileOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const fuel = new Fuel(limits);
  const { goals, makeGoals, narrowed, warnings } = compileGoals(schema, options, fuel);
  const from = (changed?: GoalChanges) => (fresh: Fuel) => begin(makeGoals(fresh, changed));
  return new AutomatonGrammar({
    first: begin(goals),
    restart: from(),
    judge: options.additionalMembers === "closed" ? from({ closed: false }) : undefined,
    widened: from({ closed: false, widened: true }),
    single: (text, fresh) => {
      const left = new Set<string>();
      const goal = makeGoals(fresh, { closed: false, narrowed: left }).rootWith(canonical(binaryOf(text)));
      return goal.isPossible || (left.size === 0 ? false : undefined);
    },
    narrowed: () => [...narrowed][0],
    respell: options.numbers === "plain" ? undefined : respelled,
    limits,
    maxWhitespace: options.maxWhitespace ?? DEFAULT_WHITESPACE,
    warnings,
  });
}

function begin(goals: Goals): Configuration {
  return new ConfigurationInterner(goals.fuel).empty.around(END).around(goals.root.place);
}

type GoalChanges = Partial<Pick<GoalOptions, "closed" | "widened" | "narrowed">>;

/** A schema as goals. `makeGoals` rebuilds them, to drop what was cached with the old ones. */
export interface CompiledGoals {
  goals: Goals;
  makeGoals: (fuel: Fuel, changed?: GoalChanges) => Goals;
  /** Locations of subschemas for which some valid documents are not generated; more may be found while documents are followed. */
  narrowed: ReadonlySet<string>;
  warnings: SchemaWarning[];
}

/** Throws `SchemaError` with the pointer and the keyword. */
export function compileGoals(
  schema: JsonSchema | SchemaText,
  options: CompileOptions,
  fuel: Fuel,
): CompiledGoals {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const document = new SchemaDocument(schema, {
    defaultDialect: options.defaultDialect ?? "2020-12",
    formats: options.formats ?? "assert",
    ...(options.documents === undefined ? {} : { documents: options.documents }),
    limits,
    keywords: options.keywords ?? KEYWORDS,
  });
  const end = performance.now() + limits.compileMs;
  const watch = () => {
    if (options.signal?.aborted)
      throw new SchemaError("cancelled", "Compiling the schema was cancelled.", "");
    if (performance.now() > end) {
      const message = `Compiling the schema takes longer than the limit compileMs (${limits.compileMs} ms).`;
      throw new LimitError("compileMs", message);
    }
  };
  const { warnings } = checkDocument(document, {
    checkPattern: (keyword, source) => requirePattern(keyword, source, { states: limits.regexStates, fuel }),
    watch: (subschemas) => {
      fuel.spend(subschemas * SUBSCHEMA_WORK);
      watch();
    },
  });
  const narrowed = new Set<string>();
  const makeGoals: CompiledGoals["makeGoals"] = (fuel, changed) =>
    new Goals(document, {
      fuel,
      narrowed,
      anyOrder: options.propertyOrder === "any",
      plain: options.numbers === "plain",
      closed: options.additionalMembers === "closed",
      widened: false,
      alternatives: limits.alternatives,
      regexStates: limits.regexStates,
      ...changed,
    });
  const goals = makeGoals(fuel);
  goals.solver.watch = watch;
  if (!goals.root.isPossible) {
    const { location, keyword, message } = findContradiction(goals);
    throw new SchemaError(
      "unsatisfiable_schema",
      `No document can meet this schema: ${message}.`,
      location,
      keyword,
    );
  }
  lookAhead(goals);
  goals.solver.watch = undefined;
  for (const pointer of narrowed) {
    warnings.push({
      pointer,
      keyword: "",
      message:
        "The ways to meet this schema are too many to follow side by side: documents are written in some of them only.",
    });
  }
  return { goals, makeGoals, narrowed, warnings };
}

/** Whether the text is JSON with a string, in its canonical spelling, that contains half of a surrogate pair. */
function hasLoneSurrogate(text: string): boolean {
  if (!/\\ud[89a-f]/.test(text)) return false;
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

/** An automaton ready to be followed. */
export interface AutomatonParts {
  /** The configuration before any text. */
  first: Configuration;
  /** Rebuilds it with other fuel, so that what was cached with the old one can be freed. */
  restart: (fuel: Fuel) => Configuration;
  /** The start for checking a document, if more documents are valid than are generated. */
  judge?: ((fuel: Fuel) => Configuration) | undefined;
  /** The start for documents that might be valid: a superset, if some valid documents are not generated. */
  widened: (fuel: Fuel) => Configuration;
  /** Whether the value of a JSON text is valid, found for this value alone; undefined if it is unknown. */
  single?: (text: string, fuel: Fuel) => boolean | undefined;
  /** The location of a subschema for which some valid documents are not generated, if one has been found. */
  narrowed: () => string | undefined;
  /** Another spelling of the text that is judged, of the same meaning. */
  respell?: ((text: string) => string) | undefined;
  limits: CompileLimits;
  maxWhitespace: number;
  warnings: Grammar["warnings"];
  /** Texts that may be written as control tokens. */
  tags?: readonly string[];
}

export class AutomatonGrammar implements Grammar {
  private readonly parts: AutomatonParts;
  private first: Configuration;
  private judge: Configuration | undefined;
  private widened: Configuration | undefined;

  constructor(parts: AutomatonParts) {
    this.parts = parts;
    this.first = parts.first;
  }

  get warnings(): Grammar["warnings"] {
    return this.parts.warnings;
  }

  accepts(text: string): boolean {
    if (this.acceptsAsSpelled(text)) return true;
    const { limits, respell, single } = this.parts;
    if (respell === undefined) return false;
    const other = respell(text);
    if (other !== text && this.acceptsAsSpelled(other)) return true;
    // Strings with lone surrogates have no UTF-8, so the automaton does not have them everywhere.
    return hasLoneSurrogate(other) && single?.(other, new Fuel(limits)) === true;
  }

  private acceptsAsSpelled(text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    const { judge, widened, narrowed, limits } = this.parts;
    const first = judge === undefined ? this.start() : (this.judge = this.keep(this.judge, judge));
    if (this.follows(first, bytes)) return true;
    const location = narrowed();
    if (location === undefined) return false;
    this.widened = this.keep(this.widened, widened);
    if (!this.follows(this.widened, bytes)) return false;
    // This may be one of the documents that are not generated. Restricted to one value, the schema has fewer alternatives.
    const verdict = this.parts.single?.(text, new Fuel(limits));
    if (verdict !== undefined) return verdict;
    throw tooManyAlternatives(limits.alternatives, location);
  }

  private follows(first: Configuration, bytes: Uint8Array): boolean {
    first.interner.fuel.beginStep();
    const follower = new Follower(first, this.parts.maxWhitespace);
    return follower.advanceAll(bytes) && follower.configuration.canEnd;
  }

  matcher(vocabulary: Vocabulary): Matcher {
    const { maxWhitespace, tags = [] } = this.parts;
    const known = tags.length === 0 ? undefined : tagTokens(vocabulary, tags);
    return new DocumentMatcher(vocabulary, this.start(), maxWhitespace, known);
  }

  get byteLength(): number {
    return this.first.interner.fuel.reachable;
  }

  private start(): Configuration {
    this.first = this.keep(this.first, this.parts.restart);
    return this.first;
  }

  /** `first`, or a new configuration if the caches of `first` use too much memory: shared parts could not be freed. */
  private keep(first: Configuration | undefined, make: (fuel: Fuel) => Configuration): Configuration {
    const { limits } = this.parts;
    if (first !== undefined && first.interner.fuel.held <= limits.memoryBytes * KEPT_SHARE) return first;
    return make(new Fuel(limits));
  }
}
