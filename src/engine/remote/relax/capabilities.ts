/** The JSON Schema features that a kind of server is known to enforce. Formwork checks the rest. */
export interface SchemaCapabilities {
  /**
   * Keywords that it does not enforce, among those that can be sent to remote engines (`keywordFacts`). llama.cpp's grammar, llguidance and
   * XGrammar, on which current servers are based, enforce all of them.
   */
  withoutKeywords: ReadonlySet<string>;
  /** Values of `format` that it enforces. */
  formats: ReadonlySet<string>;
  /** Maximum `minLength` and `maxLength` that do not slow it down, are not ignored and do not crash it. */
  longestString: number;
  /** Whether it supports `format` together with length bounds. */
  lengthWithFormat: boolean;
  /** The same for `minItems` and `maxItems`. */
  longestArray: number;
  /** Maximum nesting depth. */
  depth: number;
}

const COMMON_FORMATS = ["date", "time", "date-time", "uuid"];

/** XGrammar by default, llguidance if XGrammar rejects the schema. */
export const VLLM: SchemaCapabilities = {
  withoutKeywords: new Set(),
  formats: new Set([...COMMON_FORMATS, "email", "ipv4", "ipv6", "hostname", "duration", "uri"]),
  longestString: 512,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 48,
};

/** Also XGrammar, but a schema with anything that XGrammar would ignore is rejected. */
export const SGLANG: SchemaCapabilities = { ...VLLM, lengthWithFormat: false };

/** Its own grammar, or llguidance, depending on the build. A schema that it cannot parse is silently ignored. */
export const LLAMA_SERVER: SchemaCapabilities = {
  withoutKeywords: new Set(),
  formats: new Set(COMMON_FORMATS),
  longestString: 512,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 32,
};

/** "Structured outputs" of the OpenAI API, as also offered by other servers. */
export const OPENAI: SchemaCapabilities = {
  withoutKeywords: new Set(["minLength", "maxLength"]),
  formats: new Set([...COMMON_FORMATS, "email", "ipv4", "ipv6", "hostname", "duration"]),
  longestString: 0,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 10,
};
