import type { SchemaSource } from "../../types.js";

// The libraries know the metaschemas of the drafts and their vocabularies, not the hyper-schemas and what belongs to them.
const OFFICIAL = /https?:\/\/json-schema\.org\/[\w./-]*(?:hyper-schema|links|output\/schema)(?=[#"])/g;

/** The source with the official documents that it leads to and the libraries do not know. */
export async function withOfficialDocuments(source: SchemaSource): Promise<SchemaSource> {
  const { schemaText, documents = {} } = source;
  const found: Record<string, string> = {};
  const texts = [schemaText, ...Object.values(documents)];
  for (let i = 0; i < texts.length; i++) {
    for (const [uri] of texts[i].matchAll(OFFICIAL)) {
      if (Object.hasOwn(documents, uri) || Object.hasOwn(found, uri)) continue;
      // Loaded for the first schema that leads there; nearly none does.
      const { metaschema } = await import("../../constraint/index.js");
      const text = metaschema(uri);
      if (text === undefined) continue;
      // As schemas they are asked for here, not as metaschemas of vocabularies that the libraries lack.
      found[uri] = text.replace(/"\$vocabulary":\{[^}]*\},/, "");
      texts.push(text);
    }
  }
  return texts.length === 1 + Object.keys(documents).length
    ? source
    : { schemaText, documents: { ...found, ...documents } };
}
