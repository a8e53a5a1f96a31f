import { BoundedCache } from "../../system/index.js";
import type { SchemaSource } from "../../types.js";
import type { SchemaFacts } from "./grammar/messages.js";
import { type FollowedDocument, sharedGrammarThread } from "./grammar/thread.js";
import type { ConstraintMode, RemoteKind } from "./protocols/protocol.js";

/** A schema prepared for one kind of server, and what has been learned about it. */
export interface PreparedSchema extends SchemaFacts {
  source: SchemaSource;
  /** The strongest constraint to try; lowered when the server rejects the schema. */
  mode: ConstraintMode;
  /** Whether the server's plug-in enforces the schema unchanged. */
  whole?: boolean;
  /** Follows a new document. Must be released. */
  follow(): FollowedDocument;
}

const MAX_SCHEMAS = 256;
const MAX_BYTES = 8_000_000;

/** Schemas by text, prepared for one kind of server. */
export class SchemaCache {
  private readonly kind: RemoteKind;
  private readonly compileMs: number;
  private readonly entries = new BoundedCache<PreparedSchema>({
    maxEntries: MAX_SCHEMAS,
    maxBytes: MAX_BYTES,
  });

  constructor(kind: RemoteKind, compileMs: number) {
    this.kind = kind;
    this.compileMs = compileMs;
  }

  /**
   * `isOpen`: objects may have other members than the schema names. Throws for a schema that Formwork rejects, with a pointer, before anything is sent.
   */
  async prepare(source: SchemaSource, isOpen: boolean): Promise<PreparedSchema> {
    const text = JSON.stringify([source.schemaText, source.documents, isOpen]);
    const known = this.entries.get(text);
    if (known !== undefined) return known;
    const { compileMs } = this;
    const thread = sharedGrammarThread();
    const facts = await thread.prepare(source, this.kind, compileMs, isOpen);
    const entry: PreparedSchema = {
      ...facts,
      source,
      mode: "schema",
      follow: () => thread.follow(source, compileMs),
    };
    this.entries.set(text, entry, text.length + entry.sent.length);
    return entry;
  }
}

/** For a server with Formwork's plug-in: the complete schema is sent and enforced. */
export function sendWhole(schema: PreparedSchema): void {
  // Not with documents, which cannot be sent, or after the server was found not to enforce the schema.
  if (schema.whole || schema.source.documents !== undefined) return;
  schema.whole = true;
  schema.sent = schema.source.schemaText;
  schema.enforced = true;
}
