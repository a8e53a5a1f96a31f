import type { SchemaSource, Tool, ToolCall } from "../../types.js";
import { argumentsSchema } from "../answer/argumentsSchema.js";
import type { AnswerPart } from "../answer/part.js";
import type { GenerateRequest } from "../engine.js";
import type { Verdict } from "../validate/index.js";

/** Checks a document by a schema. */
export type Check = (source: SchemaSource, text: string) => Promise<Verdict>;

/** The schema of a tool's arguments, with the documents of its request. */
export function argumentsSource({ parameters }: Tool, { documents }: GenerateRequest): SchemaSource {
  return { schemaText: argumentsSchema(parameters), ...(documents === undefined ? {} : { documents }) };
}

/** The first verdict that is not valid: arguments are checked by the schema of their tool, which must be one of the request's. */
export async function checkCalls(
  calls: readonly ToolCall[],
  request: GenerateRequest,
  check: Check,
): Promise<Verdict> {
  for (const { name, arguments: text } of calls) {
    const tool = request.tools?.tools.find((one) => one.name === name);
    if (tool === undefined) return { valid: false, message: `there is no function ${name}` };
    const verdict = await check(argumentsSource(tool, request), text);
    if (!verdict.valid) return verdict;
  }
  return { valid: true };
}

/** Calls and reasoning that a server sends as separate parts. */
export class WrittenParts {
  readonly toolCalls: ToolCall[] = [];
  /** Over all attempts: emitted parts cannot be taken back. */
  reasoning: string;

  constructor(reasoning = "") {
    this.reasoning = reasoning;
  }

  take(part: AnswerPart): void {
    if (part.type === "reasoning") this.reasoning += part.text;
    else if (part.type === "toolCall")
      this.toolCalls[part.index] = { id: part.id, name: part.name, arguments: "" };
    else if (part.type === "toolArguments") {
      const call = this.toolCalls[part.index];
      if (call !== undefined) this.toolCalls[part.index] = { ...call, arguments: call.arguments + part.text };
    }
  }
}
