import { DRAFT_04 } from "./draft04.js";
import { DRAFT_06 } from "./draft06.js";
import { DRAFT_07 } from "./draft07.js";
import { DRAFT_2019 } from "./draft2019.js";
import { DRAFT_2020 } from "./draft2020.js";
import {
  HYPER_DRAFT_04,
  HYPER_DRAFT_06,
  HYPER_DRAFT_07,
  HYPER_DRAFT_2019,
  HYPER_DRAFT_2020,
} from "./hyperSchemas.js";

// The texts are by the authors of JSON Schema, under the BSD 3-Clause licence or the Academic Free License 2.1.
// By the part of the URI that names the draft. Parsed when a schema first refers to one.
const TEXTS: readonly [string, readonly string[]][] = [
  ["json-schema.org/draft-04/", [...DRAFT_04, ...HYPER_DRAFT_04]],
  ["json-schema.org/draft-06/", [...DRAFT_06, ...HYPER_DRAFT_06]],
  ["json-schema.org/draft-07/", [...DRAFT_07, ...HYPER_DRAFT_07]],
  ["json-schema.org/draft/2019-09/", [...DRAFT_2019, ...HYPER_DRAFT_2019]],
  ["json-schema.org/draft/2020-12/", [...DRAFT_2020, ...HYPER_DRAFT_2020]],
];

/** The text of the official metaschema at `uri` (`http` and `https` alike, without a fragment). */
export function metaschema(uri: string): string | undefined {
  const bare = withoutScheme(uri);
  for (const [prefix, texts] of TEXTS) {
    if (!bare.startsWith(prefix)) continue;
    for (const text of texts) {
      const value = JSON.parse(text) as Record<string, unknown>;
      const id = withoutScheme(String(value.$id ?? value.id));
      if (id === bare || id === `${bare}#`) return text;
    }
  }
  return undefined;
}

function withoutScheme(uri: string): string {
  return uri.slice(uri.indexOf("://") + 3);
}
