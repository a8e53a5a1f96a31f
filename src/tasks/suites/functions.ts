import type { JsonValue } from "../../types.js";
import {
  type CodeDocument,
  type CodeLanguage,
  codeRequest,
  codeSignature,
  isCodeDocument,
  renderCode,
} from "../code.js";
import { type FunctionIr, type IrType, irRequest, isFunctionIr } from "../ir.js";
import { type CodeTest, judgeCode } from "../judge/code.js";
import type { Judgement } from "../judge/judgement.js";
import { judgeSignature } from "../judge/signature.js";
import type { TaskCase, TaskStep } from "../task.js";

/** A function to describe and write, with data for judging both. */
export interface FunctionProblem {
  prompt: string;
  /** The reference IR. */
  ir: FunctionIr;
  tests: readonly CodeTest[];
  /** The lines of a correct body in each language. */
  bodies: Record<CodeLanguage, string[]>;
}

/**
 * Four cases per function: prompt -> IR, judged by its signature; reference IR -> code in each language, executed; and
 * prompt -> IR -> TypeScript, executed.
 */
export function functionCases(suite: string, problems: readonly FunctionProblem[]): TaskCase[] {
  return problems.flatMap(({ prompt, ir, tests, bodies }) => {
    const name = ir.signature.name;
    const irDocument = ir as unknown as JsonValue;
    const irStep: TaskStep = { task: "ir", request: () => irRequest(prompt) };
    const written = (language: CodeLanguage): JsonValue => {
      const document: CodeDocument = { language, ...codeSignature(language, ir), body: bodies[language] };
      return document as unknown as JsonValue;
    };
    const code = (language: CodeLanguage): TaskCase => ({
      id: `${name}.${language}`,
      suite,
      steps: [{ task: "code", request: () => codeRequest(ir, language) }],
      reference: [written(language)],
      judge: ([output]) => judgeDocument(output, tests),
    });
    return [
      {
        id: `${name}.ir`,
        suite,
        steps: [irStep],
        reference: [irDocument],
        judge: async ([output]) => judgeSignature(ir, output),
      },
      code("typescript"),
      code("python"),
      {
        id: `${name}.whole`,
        suite,
        steps: [irStep, { task: "code", request: ([first]) => codeRequest(usableIr(first), "typescript") }],
        reference: [irDocument, written("typescript")],
        judge: (outputs) => judgeDocument(outputs[1], tests),
      },
    ];
  });
}

function usableIr(document: JsonValue): FunctionIr {
  if (!isFunctionIr(document)) throw new TypeError("The first step gave no IR of a function.");
  return document;
}

/** Judges a `CodeDocument` by running it. */
export async function judgeDocument(document: JsonValue, tests: readonly CodeTest[]): Promise<Judgement> {
  if (!isCodeDocument(document)) {
    return { completeness: 0, correctness: 0, detail: "the document is not a function" };
  }
  const { language, name } = document;
  return judgeCode({ language, name, source: renderCode(document) }, tests);
}

/** Shorthand for the tables of the suites. */
export function problem(
  name: string,
  parameters: Record<string, IrType>,
  returns: IrType,
  prompt: string,
  intent: string,
  after: string,
  tests: readonly (readonly [JsonValue[], JsonValue])[],
  bodies: Record<CodeLanguage, string[]>,
): FunctionProblem {
  return {
    prompt,
    ir: {
      intent,
      signature: {
        name,
        parameters: Object.entries(parameters).map(([parameter, type]) => ({ name: parameter, type })),
        returns,
      },
      effects: [],
      assertions: [{ kind: "after", text: after }],
    },
    tests: tests.map(([args, value]) => ({ arguments: args, returns: value })),
    bodies,
  };
}
