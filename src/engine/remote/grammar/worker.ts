import { compileSchema, type Grammar } from "../../../constraint/index.js";
import { JsonDocument, parseJson } from "../../../json/index.js";
import { answerCalls, BoundedCache } from "../../../system/index.js";
import type { JsonSchema, SchemaSource } from "../../../types.js";
import { schemaInstruction } from "../../prompt/prompt.js";
import { PROTOCOLS } from "../protocols/index.js";
import { printPlainSchema, toPlainSchema } from "../relax/lossless.js";
import { relaxSchema } from "../relax/relax.js";
import { DocumentFollower } from "./follower.js";
import type { GrammarAnswer, GrammarJob, SchemaFacts } from "./messages.js";

/** The thread that compiles schemas and follows documents. */

const MAX_GRAMMARS = 128;
const MAX_GRAMMAR_BYTES = 256 * 1024 * 1024;
/** Maximum characters of a schema in the prompt. */
const TOLD_CHARACTERS = 6_000;

/** One thread reads for everybody: some two seconds to compile, and as much for a piece of a document. Real schemas take a tenth. */
const COUNTED_LIMITS = { compileWork: 60_000_000, stepWork: 60_000_000, memoryBytes: 192 << 20 };

const grammars = new BoundedCache<Grammar>({ maxEntries: MAX_GRAMMARS, maxBytes: MAX_GRAMMAR_BYTES });
const followers = new Map<number, DocumentFollower>();

/** Compiled at most once while cached. */
function grammarOf({ schemaText, documents }: SchemaSource, compileMs: number): Grammar {
  const key = JSON.stringify([schemaText, documents]);
  const grammar =
    grammars.get(key) ??
    compileSchema(schemaText, {
      // Servers may order properties differently.
      propertyOrder: "any",
      limits: { ...COUNTED_LIMITS, compileMs },
      ...(documents === undefined ? {} : { documents }),
    });
  // A grammar grows while documents are followed.
  grammars.set(key, grammar, key.length + grammar.byteLength);
  return grammar;
}

function prepare({ source, kind, compileMs, isOpen }: GrammarJob & { type: "prepare" }): SchemaFacts {
  const { schemaText } = source;
  grammarOf(source, compileMs);
  const schema = toPlainSchema(parseJson(schemaText)) as JsonSchema;
  const { capabilities, describesSchema } = PROTOCOLS[kind];
  if (capabilities === undefined) {
    const booleans = schema === true ? "{}" : schema === false ? '{"not":{}}' : undefined;
    return { sent: booleans ?? schemaText, enforced: true, instruction: "" };
  }
  const { schema: nearest, relaxed } = relaxSchema(schema, capabilities, isOpen);
  const enforced = relaxed.length === 0;
  // A schema that is sent unchanged keeps its digits and its order.
  const sent = JSON.stringify(nearest) === JSON.stringify(schema) ? schemaText : printPlainSchema(nearest);
  return { sent, enforced, instruction: describesSchema ? "" : instructionFor(schemaText, enforced) };
}

/** The model has to know completely what the server does not enforce. */
function instructionFor(schemaText: string, enforced: boolean): string {
  if (!enforced && schemaText.length <= TOLD_CHARACTERS) {
    return `Answer with one JSON document that is valid by this JSON Schema:\n${schemaText}`;
  }
  return schemaInstruction(JsonDocument.read(schemaText), TOLD_CHARACTERS);
}

function followerOf(job: GrammarJob & { type: "push" | "close" }): DocumentFollower {
  let follower = followers.get(job.follower);
  if (follower === undefined) {
    follower = new DocumentFollower(grammarOf(job.source, job.compileMs));
    followers.set(job.follower, follower);
  }
  return follower;
}

function answer(job: GrammarJob): GrammarAnswer {
  if (job.type === "prepare") return { prepared: prepare(job) };
  if (job.type === "push") return { text: followerOf(job).push(job.text) };
  if (job.type === "release") {
    followers.delete(job.follower);
    return {};
  }
  const text = followerOf(job).close();
  return text === undefined ? {} : { text };
}

answerCalls(answer);
