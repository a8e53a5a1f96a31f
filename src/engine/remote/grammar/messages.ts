import type { SchemaSource, SchemaText } from "../../../types.js";
import type { RemoteKind } from "../protocols/protocol.js";

/** Requests to the thread. `isOpen`: objects may have other members than the schema names. `follower` identifies a document that is followed there. */
export type GrammarJob =
  | { type: "prepare"; source: SchemaSource; kind: RemoteKind; compileMs: number; isOpen: boolean }
  | { type: "push"; source: SchemaSource; compileMs: number; follower: number; text: string }
  | { type: "close"; source: SchemaSource; compileMs: number; follower: number }
  | { type: "release"; follower: number };

export interface GrammarAnswer {
  prepared?: SchemaFacts;
  /** The text that `push` confirms, or that `close` appends; missing if there is no ending. */
  text?: string;
}

/** The facts about a schema that a request needs. */
export interface SchemaFacts {
  /** The schema that the server can enforce. */
  sent: SchemaText;
  /** Whether the server enforces all of it, so that an invalid answer is an error of the server. */
  enforced: boolean;
  /** The prompt's description of the schema; empty if the server adds its own. */
  instruction: string;
}
