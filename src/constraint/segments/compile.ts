import { FormworkError, LimitError, SchemaError } from "../../errors.js";
import {
  binaryOf,
  type Configuration,
  ConfigurationInterner,
  choiceMachine,
  DocumentOrPart,
  END,
  FINISH,
  Fuel,
  freeTextMachine,
  LazyPlace,
  literalMachine,
  type Segment as Part,
  type Place,
  patternMachine,
  Sink,
  type TextMachine,
  TextSegment,
} from "../../grammar/index.js";
import type { JsonSchema, SchemaText } from "../../types.js";
import { AutomatonGrammar, compileGoals } from "../compile.js";
import type { CompileOptions, Grammar } from "../grammar.js";
import { DEFAULT_WHITESPACE } from "../grammar.js";
import { DEFAULT_LIMITS } from "../limits.js";
import type { Segment, SegmentOptions, Tag } from "./segments.js";

/**
 * Text that fully matches `pattern` (ECMA-262). Throws `SchemaError` if the pattern is malformed, unsupported or too large.
 */
export function compileRegex(pattern: string, options: SegmentOptions = {}): Grammar {
  return compileSegments([{ kind: "regex", pattern }], options);
}

/** One of the texts `choices`. Throws `SchemaError` if there are none. */
export function compileChoice(choices: readonly string[], options: SegmentOptions = {}): Grammar {
  return compileSegments([{ kind: "choice", choices }], options);
}

/**
 * Text in parts, one after the other. Throws `SchemaError` for an unusable schema or pattern, and `invalid_request` if parts
 * would be ambiguous.
 */
export function compileSegments(segments: readonly Segment[], options: SegmentOptions = {}): Grammar {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const narrowed: ReadonlySet<string>[] = [];
  const compiler = new Compiler(options, new Fuel(limits), narrowed);
  return new AutomatonGrammar({
    first: compiler.begin(segments),
    restart: (fuel) => new Compiler(options, fuel, narrowed).begin(segments),
    widened: (fuel) => new Compiler(options, fuel, narrowed, true).begin(segments),
    narrowed: () => narrowed.flatMap((locations) => [...locations])[0],
    limits,
    maxWhitespace: options.maxWhitespace ?? DEFAULT_WHITESPACE,
    warnings: compiler.warnings,
    tags: [...compiler.tags],
  });
}

class Compiler {
  readonly warnings: { pointer: string; keyword: string; message: string }[] = [];
  readonly tags = new Set<string>();
  private readonly options: SegmentOptions;
  private readonly fuel: Fuel;
  /** Collects, for each document, the locations of subschemas for which some valid documents are not generated. */
  private readonly narrowed: ReadonlySet<string>[];
  private readonly widened: boolean;

  constructor(options: SegmentOptions, fuel: Fuel, narrowed: ReadonlySet<string>[], widened = false) {
    this.options = options;
    this.fuel = fuel;
    this.narrowed = narrowed;
    this.widened = widened;
  }

  /** The configuration before all segments. */
  begin(segments: readonly Segment[]): Configuration {
    const { empty } = new ConfigurationInterner(this.fuel);
    return this.sequence(segments).begin(empty.around(END).around(FINISH));
  }

  private sequence(segments: readonly Segment[]): Part {
    checkSequence(segments);
    const parts = segments.map((segment) => this.part(segment));
    return {
      begin: (outer) => parts.reduceRight((following, part) => part.begin(following), outer),
    };
  }

  private part(segment: Segment): Part {
    switch (segment.kind) {
      case "literal":
        return this.literal(segment.text, segment.isTag === true);
      case "regex":
        return new TextSegment(machineOf(() => patternMachine(segment.pattern, this.regexLimits())));
      case "choice":
        return new TextSegment(machineOf(() => choiceMachine(segment.choices)));
      case "document": {
        const place = this.document(segment.schema, segment.options, segment.pointer);
        return { begin: (outer) => outer.around(place) };
      }
      case "text":
        return this.text(segment.until, segment.maxTokens);
      case "oneOf":
        return oneOf(segment.of.map((each) => this.sequence(each)));
      case "repeat":
        return this.repeat(segment);
      case "tagged":
        return this.tagged(segment.tags, segment.repeated);
      case "documentOrTagged":
        return this.documentOrTagged(segment);
    }
  }

  private regexLimits(): { states: number; fuel: Fuel } {
    return { states: this.options.limits?.regexStates ?? DEFAULT_LIMITS.regexStates, fuel: this.fuel };
  }

  private literal(text: string, isTag: boolean): Part {
    // A control token may replace the whole text, or the tag at its end.
    if (isTag)
      for (const tag of [text, /<[^<>\s]+>$|\[[A-Z_]+\]$/.exec(text)?.[0]]) if (tag) this.tags.add(tag);
    return new TextSegment(literalMachine(binaryOf(text)), { isTag });
  }

  private text(until: string | undefined, maxTokens: number | undefined): Part {
    if (until === undefined) return new TextSegment(freeTextMachine([], true));
    this.tags.add(until);
    return new TextSegment(freeTextMachine([{ text: until }], false), {
      isTag: true,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    });
  }

  private document(
    schema: JsonSchema | SchemaText,
    own: CompileOptions | undefined,
    pointer: string | undefined,
  ): Place {
    try {
      const read = { ...this.options, ...own };
      const { goals, makeGoals, narrowed, warnings } = compileGoals(schema, read, this.fuel);
      this.narrowed.push(narrowed);
      for (const one of warnings) this.warnings.push({ ...one, pointer: `${pointer ?? ""}${one.pointer}` });
      return (this.widened ? makeGoals(this.fuel, { widened: true }) : goals).root.place;
    } catch (error) {
      if (pointer === undefined || !(error instanceof SchemaError) || error instanceof LimitError)
        throw error;
      throw at(pointer, error);
    }
  }

  private tagged(tags: readonly Tag[], repeated: boolean): Part {
    const bodies = tags.map(({ then }) => this.sequence(then));
    for (const { opening } of tags) this.tags.add(opening);
    const markers = tags.map(({ opening, onlyAtStart }) => ({
      text: opening,
      ...(onlyAtStart === true ? { onlyAtStart } : {}),
    }));
    // After a part, the text is no longer at its start, so rules for the start do not apply.
    const later = markers.filter((one) => one.onlyAtStart !== true);
    const bodyOf = (marker: { text: string }) => bodies[tags.findIndex((tag) => tag.opening === marker.text)];
    const again = new TextSegment(freeTextMachine(later, true), {
      isTag: true,
      follow: (label, outer) => bodyOf(later[label]).begin(repeated ? again.begin(outer) : outer),
    });
    if (later.length === markers.length) return again;
    return new TextSegment(freeTextMachine(markers, true), {
      isTag: true,
      follow: (label, outer) => bodies[label].begin(repeated ? again.begin(outer) : outer),
    });
  }

  private repeat(segment: Segment & { kind: "repeat" }): Part {
    const isTag = segment.isTag === true;
    const body = this.sequence(segment.of);
    const separator = this.literal(segment.separator, isTag);
    const closing = this.literal(segment.closing, isTag);
    const between: Place = new LazyPlace(
      (outer) => union([separator.begin(again(outer)), closing.begin(outer)], outer),
      binaryOf(segment.closing),
    );
    const again = (outer: Configuration): Configuration =>
      body.begin(
        segment.closing === "" ? union([outer.around(between), outer], outer) : outer.around(between),
      );
    return { begin: again };
  }

  private documentOrTagged(segment: Segment & { kind: "documentOrTagged" }): Part {
    const place = this.document(segment.schema, segment.options, segment.pointer);
    const part = oneOf(
      segment.tags.map(({ opening, then }) =>
        this.sequence([{ kind: "literal", text: opening, isTag: true }, ...then]),
      ),
    );
    const firstBytes = new Set(segment.tags.map(({ opening }) => binaryOf(opening).charCodeAt(0)));
    return {
      begin: (outer) => {
        if (outer.around(place).bytes.some((byte) => firstBytes.has(byte)))
          throw new FormworkError(
            "invalid_request",
            "A document of this schema may begin as this model's calls of tools do: the two are ambiguous. Ask for one of them.",
          );
        return new DocumentOrPart(place, part).begin(outer);
      },
    };
  }
}

function oneOf(parts: readonly Part[]): Part {
  return {
    begin: (outer) =>
      union(
        parts.map((part) => part.begin(outer)),
        outer,
      ),
  };
}

/** All threads of `configurations`. */
function union(configurations: readonly Configuration[], { interner }: Configuration): Configuration {
  if (configurations.length === 1) return configurations[0];
  const sink = new Sink();
  for (const one of configurations) sink.addAll(one);
  return interner.of(sink);
}

/** White space is optional between the tokens of a document, but significant in text: the two must not be followed at the same time. */
function checkSequence(segments: readonly Segment[]): void {
  for (let i = 0; i + 1 < segments.length; i++) {
    const segment = segments[i];
    const next = segments[i + 1].kind;
    if (next !== "document" && next !== "documentOrTagged") continue;
    const ends = segment.kind === "text" ? segment.until !== undefined : segment.kind === "literal";
    if (ends) continue;
    throw new FormworkError(
      "invalid_request",
      `A document cannot follow ${segment.kind} directly: put a literal text between them.`,
    );
  }
}

/** Converts errors in patterns and lists, which come from the caller like schemas. */
function machineOf(make: () => TextMachine): TextMachine {
  let machine: TextMachine;
  try {
    machine = make();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "RegexError") throw error;
    const tooLarge = (error as { reason?: string }).reason === "too_large";
    throw new SchemaError(tooLarge ? "schema_too_large" : "invalid_schema", error.message, "");
  }
  if (machine.automaton.isEmpty)
    throw new SchemaError("unsatisfiable_schema", "No text can meet this constraint.", "");
  return machine;
}

function at(pointer: string, error: SchemaError): SchemaError {
  return new SchemaError(
    error.code as ConstructorParameters<typeof SchemaError>[0],
    error.message,
    `${pointer}${error.pointer ?? ""}`,
    error.keyword,
    error,
  );
}
