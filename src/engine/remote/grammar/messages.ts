import type { ErrorBody } from "../../../errors.js";
import type { SchemaSource, SchemaText } from "../../../types.js";
import type { RemoteKind } from "../dialects/dialect.js";

/** What the thread is asked. `key` names the answer; `follower` a document that is followed there. */
export type GrammarJob =
  | { type: "prepare"; key: number; source: SchemaSource; kind: RemoteKind; compileMs: number }
  | { type: "push"; key: number; source: SchemaSource; compileMs: number; follower: number; text: string }
  | { type: "close"; key: number; source: SchemaSource; compileMs: number; follower: number }
  | { type: "release"; follower: number };

export interface GrammarAnswer {
  key: number;
  prepared?: SchemaFacts;
  /** What `push` confirms, or what `close` appends; missing where there is no way to close. */
  text?: string;
  error?: ErrorBody;
}

/** What a request needs to know of its schema. */
export interface SchemaFacts {
  /** As the server can enforce it. */
  sent: SchemaText;
  /** The server enforces all of it: an answer that breaks it is a fault, not to be expected. */
  enforced: boolean;
  /** What the model is told; empty where the server tells it. */
  instruction: string;
}
