import { remoteKeywords } from "../../../constraint/index.js";

/** What one kind of server is known to enforce when it is given a JSON Schema. The rest is checked here. */
export interface SchemaCapabilities {
  keywords: ReadonlySet<string>;
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

/** Enforced alike by llama.cpp's own grammar, llguidance and XGrammar: what all servers of today build upon. */
const COMMON = remoteKeywords();

const COMMON_FORMATS = ["date", "time", "date-time", "uuid"];

/** XGrammar by default, llguidance where that one refuses. */
export const VLLM: SchemaCapabilities = {
  keywords: new Set(COMMON),
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
  keywords: new Set(COMMON),
  formats: new Set(COMMON_FORMATS),
  longestString: 512,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 32,
};

/** "Structured outputs" of the OpenAI API, which other servers copy. */
export const OPENAI: SchemaCapabilities = {
  keywords: new Set(COMMON.filter((keyword) => keyword !== "minLength" && keyword !== "maxLength")),
  formats: new Set([...COMMON_FORMATS, "email", "ipv4", "ipv6", "hostname", "duration"]),
  longestString: 0,
  lengthWithFormat: true,
  longestArray: 512,
  depth: 10,
};
