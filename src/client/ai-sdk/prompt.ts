import {
  type LanguageModelV3CallOptions,
  type LanguageModelV3Message,
  type LanguageModelV3Prompt,
  type SharedV3Warning,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { JsonSchema } from "../../types.js";
import type { GenerateOptions } from "../client.js";

/** Settings of the SDK that the server does not have. */
const IGNORED = ["stopSequences", "topK", "presencePenalty", "frequencyPenalty", "tools"] as const;

/** A call of the SDK as a request of the client. Throws `UnsupportedFunctionalityError` for what has no meaning here. */
export function toGeneration(
  options: LanguageModelV3CallOptions,
  modelId: string,
): { generation: GenerateOptions<JsonSchema>; warnings: SharedV3Warning[] } {
  const { responseFormat } = options;
  if (responseFormat?.type !== "json") {
    throw new UnsupportedFunctionalityError({
      functionality: "text without a schema",
      message:
        "Formwork writes documents that fit a schema: use generateObject, streamObject or Output.object.",
    });
  }
  const warnings: SharedV3Warning[] = [];
  for (const feature of IGNORED) {
    const value = options[feature];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      warnings.push({ type: "unsupported", feature });
    }
  }
  const { system, prompt } = toPrompt(options.prompt, warnings);
  return {
    generation: {
      prompt,
      system: system === "" ? undefined : system,
      schema: (responseFormat.schema ?? { type: "object" }) as JsonSchema,
      maxTokens: options.maxOutputTokens,
      temperature: options.temperature,
      topP: options.topP,
      seed: options.seed,
      model: modelId === "" ? undefined : modelId,
      signal: options.abortSignal,
    },
    warnings,
  };
}

/** One user's turn is the prompt as it is; a longer conversation becomes a transcript. */
function toPrompt(
  messages: LanguageModelV3Prompt,
  warnings: SharedV3Warning[],
): { system: string; prompt: string } {
  const system = messages.filter(({ role }) => role === "system").map(textOf);
  const turns = messages.filter(({ role }) => role !== "system");
  if (turns.length === 1 && turns[0].role === "user") {
    return { system: system.join("\n\n"), prompt: textOf(turns[0]) };
  }
  warnings.push({
    type: "compatibility",
    feature: "several turns",
    details: "The conversation reaches the model as a transcript.",
  });
  const names = { user: "User", assistant: "Assistant", tool: "Tool", system: "System" };
  return {
    system: system.join("\n\n"),
    prompt: turns.map((turn) => `${names[turn.role]}: ${textOf(turn)}`).join("\n\n"),
  };
}

function textOf(message: LanguageModelV3Message): string {
  if (message.role === "system") return message.content;
  return message.content
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "reasoning") return "";
      if (part.type === "tool-call") return `[calls ${part.toolName} with ${JSON.stringify(part.input)}]`;
      if (part.type === "tool-result") return `[${part.toolName} answers ${JSON.stringify(part.output)}]`;
      throw new UnsupportedFunctionalityError({
        functionality: `a part of type ${part.type}`,
        message: `Formwork reads text only; the prompt holds a part of type ${part.type}.`,
      });
    })
    .join("");
}
