/** What one kind of server is known to enforce when it is given a JSON Schema. The rest is checked here. */
export interface SchemaCapabilities {
  /**
   * Keywords that it does not enforce, of those that remote engines can be sent (`keywordFacts`). llama.cpp's own grammar,
   * llguidance and XGrammar, which the servers of today build upon, enforce all of them alike.
   */
  withoutKeywords: ReadonlySet<string>;
  /** Values of `format` that it enforces. */
  formats: ReadonlySet<string>;
  /** Longest `minLength` and `maxLength` that do not slow it down, unbound it or crash it. */
  longestString: number;
  /** It takes `format` and a bound on the length in one schema. */
  lengthWithFormat: boolean;
  /** The same for `minItems` and `maxItems`. */
  longestArray: number;
  /** Deepest nesting. */
  depth: number;
}

const COMMON_FORMATS = ["date", "time", "date-time", "uuid"];

/** XGrammar by default, llguidance where that one refuses. */
export const VLLM: SchemaCapabilities = {
  withoutKeywords: new Set(),
  formats: new Set([...COMMON_FORMATS, "email", "ipv4", "ipv6", "hostname", "duration", "uri"]),
  longestString: 512,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 48,
};

/** XGrammar too, but a schema with anything in it that XGrammar would pass over is refused as a whole. */
export const SGLANG: SchemaCapabilities = { ...VLLM, lengthWithFormat: false };

/** A grammar of its own, or llguidance, as it was built. A schema it cannot read is dropped without a word. */
export const LLAMA_SERVER: SchemaCapabilities = {
  withoutKeywords: new Set(),
  formats: new Set(COMMON_FORMATS),
  longestString: 512,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 32,
};

/** "Structured outputs" of the OpenAI API, which other servers copy. */
export const OPENAI: SchemaCapabilities = {
  withoutKeywords: new Set(["minLength", "maxLength"]),
  formats: new Set([...COMMON_FORMATS, "email", "ipv4", "ipv6", "hostname", "duration"]),
  longestString: 0,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 10,
};
