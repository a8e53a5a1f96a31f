/** The supported drafts of JSON Schema, oldest first. */
export type Dialect = "draft-04" | "draft-06" | "draft-07" | "2019-09" | "2020-12";

/** The age of each dialect, for comparisons. */
export const DIALECT_AGE: Readonly<Record<Dialect, number>> = {
  "draft-04": 0,
  "draft-06": 1,
  "draft-07": 2,
  "2019-09": 3,
  "2020-12": 4,
};

const META_SCHEMAS = new Map<string, Dialect>([
  ["json-schema.org/draft-04/schema", "draft-04"],
  ["json-schema.org/draft-04/hyper-schema", "draft-04"],
  // Draft 5 changed the wording of draft 4, not its keywords.
  ["json-schema.org/draft-05/schema", "draft-04"],
  ["json-schema.org/draft-05/hyper-schema", "draft-04"],
  ["json-schema.org/draft-06/schema", "draft-06"],
  ["json-schema.org/draft-06/hyper-schema", "draft-06"],
  ["json-schema.org/draft-07/schema", "draft-07"],
  ["json-schema.org/draft-07/hyper-schema", "draft-07"],
  ["json-schema.org/draft/2019-09/schema", "2019-09"],
  ["json-schema.org/draft/2019-09/hyper-schema", "2019-09"],
  ["json-schema.org/draft/2020-12/schema", "2020-12"],
  ["json-schema.org/draft/2020-12/hyper-schema", "2020-12"],
  // "The latest draft", as the specification called it until draft 7.
  ["json-schema.org/schema", "2020-12"],
]);

/** The dialect of a `$schema`, in any common spelling; undefined for other metaschemas. */
export function dialectOf(metaschema: string): Dialect | undefined {
  return META_SCHEMAS.get(withoutScheme(metaschema));
}

/** In practice, `http` and `https`, with or without a trailing `#`, name the same metaschema. */
function withoutScheme(uri: string): string {
  let from = 0;
  let to = uri.length;
  if (uri.startsWith("https://")) from = 8;
  else if (uri.startsWith("http://")) from = 7;
  if (uri.startsWith("www.", from)) from += 4;
  while (to > from && (uri.charCodeAt(to - 1) === 35 || uri.charCodeAt(to - 1) === 47)) to--;
  return uri.slice(from, to);
}
