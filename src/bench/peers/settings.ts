import type { TargetRequest } from "../target.js";

/** What both sides of a comparison share, so that neither is measured with a setting the other lacks. */
export interface PeerSettings {
  /** The folder for what is fetched. */
  cacheFolder: string;
  /** The GGUF file that both sides load. */
  modelPath: string;
  threads: number;
  /** Requests decoded side by side. */
  parallel: number;
  /** Positions a request may take. */
  contextLength: number;
  /** Tell the model the schema in the system message, as our engine does; off where the request does so itself. */
  schemaInPrompt: boolean;
}

/** The system message for a peer, which never describes the schema to the model by itself. */
export function systemMessage(
  { system, schema, constraint }: TargetRequest,
  { schemaInPrompt }: PeerSettings,
): string | undefined {
  if (!schemaInPrompt || constraint === "free") return system;
  const told = `Answer with one JSON document that fits this JSON Schema:\n${JSON.stringify(schema)}`;
  return system === undefined ? told : `${system}\n\n${told}`;
}
