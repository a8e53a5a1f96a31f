/** The surfaces for generation requests, named after their folders in `server/surfaces`. */
export type Surface = "generate" | "chat" | "completions" | "responses" | "messages" | "ollama";

/** The supported kinds of remote servers; `engine/remote/protocols` has an entry for each. */
export type RemoteKind = "vllm" | "sglang" | "llama-server" | "openai" | "formwork";

export type EngineKind = "llama" | RemoteKind;

interface FieldBase {
  /** One or two sentences for the OpenAPI document, the tables in the documents and `--help`. */
  readonly doc: string;
  /**
   * Its names on each surface that has it. The first name is documented; the others are spellings of other servers. A dot leads into a
   * nested object: `reasoning.effort`.
   */
  readonly names: Readonly<Partial<Record<Surface, string | readonly string[]>>>;
  /** Path of its value in the `GenerateRequest`. Without one, the surface uses it itself. */
  readonly to?: string;
  /** The engines that support it; undefined: all. */
  readonly engines?: readonly EngineKind[];
  /** What happens on other engines: the request is rejected, or the field is listed in `ignored`. */
  readonly otherwise?: "rejected" | "ignored";
  /** Its flag in `formwork generate`. */
  readonly flag?: string;
}

interface NumericField extends FieldBase {
  readonly minimum: number;
  readonly maximum: number;
  readonly default?: number;
  /** A value outside of the range by which other servers denote the default: `-1`. */
  readonly alsoDefault?: number;
  /** Values outside of the range by which other servers denote no limit; they count as the largest value permitted. */
  readonly unlimited?: readonly number[];
}

export interface NumberField extends NumericField {
  readonly kind: "number";
}

export interface IntegerField extends NumericField {
  readonly kind: "integer";
}

export interface BooleanField extends FieldBase {
  readonly kind: "boolean";
  readonly default?: boolean;
}

export interface StringField extends FieldBase {
  readonly kind: "string";
  readonly default?: string;
}

export interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** A list of strings; a single string counts as a list of one. */
export interface StringsField extends FieldBase {
  readonly kind: "strings";
  readonly maxItems: number;
  readonly default?: undefined;
}

/** Numbers by token id. */
export interface BiasesField extends FieldBase {
  readonly kind: "biases";
  readonly minimum: number;
  readonly maximum: number;
  readonly maxItems: number;
  readonly default?: undefined;
}

/** JSON Schemas by absolute URI. */
export interface SchemasField extends FieldBase {
  readonly kind: "schemas";
  readonly maxItems: number;
  readonly default?: undefined;
}

/** Content of a request. Its shape differs by surface, whose folder reads and describes it. */
export interface ContentField extends FieldBase {
  readonly kind: "content";
  readonly default?: undefined;
}

/** One field of a generation request. */
export type RequestField =
  | NumberField
  | IntegerField
  | BooleanField
  | StringField
  | ChoiceField
  | StringsField
  | BiasesField
  | SchemasField
  | ContentField;
