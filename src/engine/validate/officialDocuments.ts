import type { SchemaSource } from "../../types.js";

// The libraries include the metaschemas and vocabularies of the drafts, but not the hyper-schemas and their documents.
const OFFICIAL = /https?:\/\/json-schema\.org\/[\w./-]*(?:hyper-schema|links|output\/schema)(?=[#"])/g;

/** The source, with the official documents that it refers to and the libraries lack. */
export async function withOfficialDocuments(source: SchemaSource): Promise<SchemaSource> {
  const { schemaText, documents = {} } = source;
  const found: Record<string, string> = {};
  const texts = [schemaText, ...Object.values(documents)];
  for (let i = 0; i < texts.length; i++) {
    for (const [uri] of texts[i].matchAll(OFFICIAL)) {
      if (Object.hasOwn(documents, uri) || Object.hasOwn(found, uri)) continue;
      // Loaded on demand; hardly any schema refers to them.
      const { metaschema } = await import("../../constraint/index.js");
      const text = metaschema(uri);
      if (text === undefined) continue;
      // They are used as schemas here, not as metaschemas of vocabularies that the libraries lack.
      found[uri] = text.replace(/"\$vocabulary":\{[^}]*\},/, "");
      texts.push(text);
    }
  }
  return texts.length === 1 + Object.keys(documents).length
    ? source
    : { schemaText, documents: { ...found, ...documents } };
}
