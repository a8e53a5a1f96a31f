import { expect, test } from "vitest";
import { DRAFT_04 } from "./draft04.js";
import { DRAFT_06 } from "./draft06.js";
import { DRAFT_07 } from "./draft07.js";
import { DRAFT_2019 } from "./draft2019.js";
import { DRAFT_2020 } from "./draft2020.js";
import * as hyperSchemas from "./hyperSchemas.js";
import { metaschema } from "./index.js";

const texts = [DRAFT_04, DRAFT_06, DRAFT_07, DRAFT_2019, DRAFT_2020, ...Object.values(hyperSchemas)].flat();
const values = texts.map((text) => JSON.parse(text) as Record<string, unknown>);

test.each(values.map((value) => [String(value["$id"] ?? value["id"]), value] as const))(
  "every document that %s refers to is there",
  (id, value) => {
    for (const reference of referencesOf(value)) {
      const { origin, pathname } = new URL(reference, id);
      expect(metaschema(`${origin}${pathname}`), reference).toBeDefined();
    }
  },
);

function referencesOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "$ref" && typeof member === "string" ? [member] : referencesOf(member),
  );
}
