import type { TargetRequest } from "../target.js";

/** Settings shared by both sides of a comparison. */
export interface PeerSettings {
  /** The folder for downloads. */
  cacheFolder: string;
  /** The GGUF file that both sides load. */
  modelPath: string;
  threads: number;
  /** Parallel requests. */
  parallel: number;
  /** Context length per request. */
  contextLength: number;
  /** Whether to add the schema to the system message, like our engine; off if the request already contains it. */
  schemaInPrompt: boolean;
}

/** The system message for a peer, which does not describe the schema to the model itself. */
export function systemMessage(
  { system, schema, constraint }: TargetRequest,
  { schemaInPrompt }: PeerSettings,
): string | undefined {
  if (!schemaInPrompt || constraint === "free") return system;
  const told = `Answer with one JSON document that fits this JSON Schema:\n${JSON.stringify(schema)}`;
  return system === undefined ? told : `${system}\n\n${told}`;
}
