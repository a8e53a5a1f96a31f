import type { SchemaSource, SchemaText } from "../../../types.js";
import type { RemoteKind } from "../protocols/protocol.js";

/** What the thread is asked. `follower` names a document that is followed there. */
export type GrammarJob =
  | { type: "prepare"; source: SchemaSource; kind: RemoteKind; compileMs: number }
  | { type: "push"; source: SchemaSource; compileMs: number; follower: number; text: string }
  | { type: "close"; source: SchemaSource; compileMs: number; follower: number }
  | { type: "release"; follower: number };

export interface GrammarAnswer {
  prepared?: SchemaFacts;
  /** What `push` confirms, or what `close` appends; missing where there is no way to close. */
  text?: string;
}

/** What a request needs to know of its schema. */
export interface SchemaFacts {
  /** As the server can enforce it. */
  sent: SchemaText;
  /** The server enforces all of it: an answer that breaks it is a fault, not to be expected. */
  enforced: boolean;
  /** The prompt's description of the schema; empty where the server adds its own. */
  instruction: string;
}
