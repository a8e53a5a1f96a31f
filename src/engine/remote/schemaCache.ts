import { BoundedCache } from "../../system/index.js";
import type { SchemaSource } from "../../types.js";
import type { SchemaFacts } from "./grammar/messages.js";
import { type FollowedDocument, sharedGrammarThread } from "./grammar/thread.js";
import type { ConstraintMode, RemoteKind } from "./protocols/protocol.js";

/** A schema made ready for one kind of server, and what has been learned of it since. */
export interface PreparedSchema extends SchemaFacts {
  source: SchemaSource;
  /** Lowered when the server refuses the schema, for this schema from then on. */
  mode: ConstraintMode;
  /** The server's plug-in takes the schema as it stands. */
  whole?: boolean;
  /** Follows a new document. Must be released. */
  follow(): FollowedDocument;
}

const MAX_SCHEMAS = 256;
const MAX_BYTES = 8_000_000;

/** Schemas by their text, as one kind of server is sent them. */
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

  /** Throws what Formwork refuses, by pointer, before anything is sent. */
  async prepare(source: SchemaSource): Promise<PreparedSchema> {
    const text = JSON.stringify([source.schemaText, source.documents]);
    const known = this.entries.get(text);
    if (known !== undefined) return known;
    const { compileMs } = this;
    const thread = sharedGrammarThread();
    const facts = await thread.prepare(source, this.kind, compileMs);
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

/** For a server with Formwork's plug-in: the whole schema is sent, and is enforced. */
export function sendWhole(schema: PreparedSchema): void {
  // Documents beside the schema do not cross, and what was found not to be enforced stays so.
  if (schema.whole || schema.source.documents !== undefined) return;
  schema.whole = true;
  schema.sent = schema.source.schemaText;
  schema.enforced = true;
}
