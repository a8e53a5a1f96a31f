import { LimitError, SchemaError } from "../errors.js";
import { type Configuration, ConfigurationInterner, END, Fuel } from "../grammar/index.js";
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

/** Work of checking one subschema, in elementary steps, about. */
const SUBSCHEMA_WORK = 20;
/** Share of the memory limit after which a grammar starts afresh for its next document and forgets what it worked out. */
const KEPT_SHARE = 0.1;

/** `schema`: a value, or its JSON text. Throws `SchemaError` with the pointer and the keyword at fault. */
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

type GoalChanges = Partial<Pick<GoalOptions, "closed" | "widened">>;

/** A schema as goals. `makeGoals` makes them anew, to forget what was remembered with them. */
export interface CompiledGoals {
  goals: Goals;
  makeGoals: (fuel: Fuel, changed?: GoalChanges) => Goals;
  /** Locations of schemas of which some documents are left out: more may be found while documents are followed. */
  narrowed: ReadonlySet<string>;
  warnings: SchemaWarning[];
}

/** Throws `SchemaError` with the pointer and the keyword at fault. */
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

/** An automaton made ready to be followed. */
export interface AutomatonParts {
  /** Before all text. */
  first: Configuration;
  /** Makes that anew with other fuel, so that what was remembered with the old one can be freed. */
  restart: (fuel: Fuel) => Configuration;
  /** Before all text of a document that is judged, where more are valid than are written. */
  judge?: ((fuel: Fuel) => Configuration) | undefined;
  /** Before all text of a document that might be valid: where documents are left out, more may stand. */
  widened: (fuel: Fuel) => Configuration;
  /** The location of a schema of which some documents are left out, as far as that has been found. */
  narrowed: () => string | undefined;
  /** Another spelling of the text that is judged, of the same meaning. */
  respell?: ((text: string) => string) | undefined;
  limits: CompileLimits;
  maxWhitespace: number;
  warnings: Grammar["warnings"];
  /** Texts that control tokens of a vocabulary may stand for. */
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
    const other = this.parts.respell?.(text) ?? text;
    return other !== text && this.acceptsAsSpelled(other);
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
    // Whether the document is one of those left out is not known.
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

  /** `first`, or where what was worked out from there takes too much, a new one: what is shared would not be freed. */
  private keep(first: Configuration | undefined, make: (fuel: Fuel) => Configuration): Configuration {
    const { limits } = this.parts;
    if (first !== undefined && first.interner.fuel.held <= limits.memoryBytes * KEPT_SHARE) return first;
    return make(new Fuel(limits));
  }
}
