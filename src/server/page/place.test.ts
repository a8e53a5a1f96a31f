import { json } from "@codemirror/lang-json";
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { placeOf } from "./place.js";

const SCHEMA = `{
  "type": "object",
  "properties": {
    "a/b": { "type": "string" },
    "name": {
      "type": "string",
      "pattern": "("
    },
    "list": {
      "prefixItems": [
        true,
        {
          "minimum": 3
        }
      ]
    },
    "name": {
      "enum": []
    }
  },
  "required": ["name"]
}`;

test.each([
  ["", undefined, 1],
  ["", "required", 21],
  ["/properties/a~1b", undefined, 4],
  ["/properties/a~1b", "type", 4],
  // Of two members of one name the last one counts.
  ["/properties/name", undefined, 17],
  ["/properties/name", "enum", 18],
  ["/properties/name/enum", undefined, 18],
  ["/properties/list/prefixItems/1", undefined, 12],
  ["/properties/list/prefixItems/1", "minimum", 13],
  // What is not there leads to what is nearest.
  ["/properties/list/prefixItems/7", undefined, 10],
  ["/properties/list/items", undefined, 9],
  ["no pointer", undefined, 1],
])("%s %s is on line %i", (pointer, keyword, line) => {
  const state = EditorState.create({ doc: SCHEMA, extensions: json() });
  expect(state.doc.lineAt(placeOf(state, pointer, keyword)).number).toBe(line);
});

test("text that is no JSON has places too", () => {
  for (const doc of ["", "{", '{"a":', "nonsense", "[1,"]) {
    const state = EditorState.create({ doc, extensions: json() });
    expect(placeOf(state, "/a/0", "b")).toBeLessThanOrEqual(doc.length);
  }
});
