import type { JsonSchema } from "../types.js";
import type { FunctionIr, IrType } from "./ir.js";
import type { TaskRequest } from "./task.js";

/** Supported languages. */
export type CodeLanguage = "typescript" | "python";

export const CODE_LANGUAGES: readonly CodeLanguage[] = ["typescript", "python"];

/** A function as a document, in which the model writes the lines of the body. */
export interface CodeDocument {
  /** The language. */
  language: CodeLanguage;
  /** The function's name. */
  name: string;
  /** Names and types, in order. */
  parameters: { name: string; type: string }[];
  /** The type of the result. */
  returns: string;
  /** Lines of the body without the outer indentation; inner blocks are indented by two or four spaces. */
  body: string[];
}

const TYPES: Record<CodeLanguage, Record<IrType, string>> = {
  typescript: {
    integer: "number",
    number: "number",
    string: "string",
    boolean: "boolean",
    "list of integer": "number[]",
    "list of number": "number[]",
    "list of string": "string[]",
    nothing: "void",
  },
  python: {
    integer: "int",
    number: "float",
    string: "str",
    boolean: "bool",
    "list of integer": "list[int]",
    "list of number": "list[float]",
    "list of string": "list[str]",
    nothing: "None",
  },
};

/**
 * JSON Schema (2020-12) of `CodeDocument`. With an IR, everything that the IR determines is a constant: the engine writes it without
 * consulting the model, and the code cannot deviate from the signature.
 */
export function codeSchema(language: CodeLanguage, ir?: FunctionIr): JsonSchema {
  const text = { type: "string", minLength: 1, maxLength: 60 };
  const settled = ir === undefined ? undefined : codeSignature(language, ir);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `A function in ${language}`,
    type: "object",
    properties: {
      language: { const: language },
      name: settled === undefined ? text : { const: settled.name },
      parameters:
        settled === undefined
          ? {
              type: "array",
              maxItems: 5,
              items: {
                type: "object",
                properties: { name: text, type: text },
                required: ["name", "type"],
                additionalProperties: false,
              },
            }
          : { const: settled.parameters },
      returns: settled === undefined ? text : { const: settled.returns },
      body: {
        description: "The lines of the function's body.",
        type: "array",
        minItems: 1,
        maxItems: 20,
        items: { type: "string", minLength: 1, maxLength: 120 },
      },
    },
    required: ["language", "name", "parameters", "returns", "body"],
    additionalProperties: false,
  };
}

/** The parts of the code that an IR determines. */
export function codeSignature(
  language: CodeLanguage,
  ir: FunctionIr,
): Omit<CodeDocument, "body" | "language"> {
  const types = TYPES[language];
  return {
    name: ir.signature.name,
    parameters: ir.signature.parameters.map(({ name, type }) => ({ name, type: types[type] })),
    returns: types[ir.signature.returns],
  };
}

/** Two examples per language: the task and the expected answer. */
const EXAMPLES: Record<CodeLanguage, string> = {
  typescript: `// Return the smallest number of a list.
function smallest(values: number[]): number {
{"language":"typescript","name":"smallest","parameters":[{"name":"values","type":"number[]"}],"returns":"number","body":["let result = values[0];","for (const value of values) {","  if (value < result) result = value;","}","return result;"]}

// Return the difference of two numbers.
function subtract(a: number, b: number): number {
{"language":"typescript","name":"subtract","parameters":[{"name":"a","type":"number"},{"name":"b","type":"number"}],"returns":"number","body":["return a - b;"]}`,
  python: `# Return the smallest number of a list.
def smallest(values: list[float]) -> float:
{"language":"python","name":"smallest","parameters":[{"name":"values","type":"list[float]"}],"returns":"float","body":["result = values[0]","for value in values:","    if value < result:","        result = value","return result"]}

# Return the difference of two numbers.
def subtract(a: float, b: float) -> float:
{"language":"python","name":"subtract","parameters":[{"name":"a","type":"float"},{"name":"b","type":"float"}],"returns":"float","body":["return a - b"]}`,
};

/** Task `code`: the IR of a function -> the function as a `CodeDocument`. */
export function codeRequest(ir: FunctionIr, language: CodeLanguage): TaskRequest {
  const spoken = language === "typescript" ? "TypeScript" : "Python";
  const mark = language === "typescript" ? "//" : "#";
  const [head] = renderCode({ language, ...codeSignature(language, ir), body: [] }).split("\n");
  const comments = [ir.intent, ...(ir.assertions ?? []).map(({ kind, text }) => `${kind}: ${text}`)];
  return {
    system: `You write the body of a ${spoken} function: lines of code and nothing else, no words, no comments.\n\n${EXAMPLES[language]}`,
    prompt: `${comments.map((line) => `${mark} ${line}`).join("\n")}\n${head}`,
    schema: codeSchema(language, ir),
    maxTokens: 400,
  };
}

/** The document as source text. */
export function renderCode(document: CodeDocument): string {
  const parameters = document.parameters.map(({ name, type }) => `${name}: ${type}`).join(", ");
  if (document.language === "python") {
    const body = document.body.map((line) => `    ${line}`).join("\n");
    return `def ${document.name}(${parameters}) -> ${document.returns}:\n${body}\n`;
  }
  const body = document.body.map((line) => `  ${line}`).join("\n");
  return `function ${document.name}(${parameters}): ${document.returns} {\n${body}\n}\n`;
}

/** Whether a value has the shape of a `CodeDocument`. */
export function isCodeDocument(value: unknown): value is CodeDocument {
  if (typeof value !== "object" || value === null) return false;
  const document = value as Partial<CodeDocument>;
  return (
    CODE_LANGUAGES.includes(document.language as CodeLanguage) &&
    typeof document.name === "string" &&
    typeof document.returns === "string" &&
    Array.isArray(document.parameters) &&
    document.parameters.every((p) => typeof p?.name === "string" && typeof p?.type === "string") &&
    Array.isArray(document.body) &&
    document.body.every((line) => typeof line === "string")
  );
}
