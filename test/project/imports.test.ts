import { expect, test } from "vitest";
import { importErrors, importsOf } from "../../scripts/check/imports.mjs";

const table = {
  shared: ["errors.ts"],
  folders: {
    low: { holds: "", imports: [], portable: true },
    high: { holds: "", imports: ["low", "high/inner"] },
    "high/inner": { holds: "", imports: ["low"] },
    cli: { holds: "", imports: "all" },
  },
};

test("imports of every kind are seen", () => {
  const source = [
    'import "./a.js";',
    'import type { B } from "./b.js";',
    'export { c } from "./c.js";',
    'export * from "./d.js";',
    'const e = await import("./e.js");',
    'let f: import("./f.js").F;',
    "const text = 'import \"./none.js\"';",
  ].join("\n");
  expect(importsOf(source)).toEqual(["./a.js", "./b.js", "./c.js", "./d.js", "./e.js", "./f.js"]);
});

test.each([
  ["high/deep/x.ts", "../../low/index.js"],
  ["high/x.ts", "./low/y.js"],
  ["high/x.ts", "../errors.js"],
  ["high/x.ts", "./inner/y.js"],
  ["high/inner/x.ts", "../../low/index.js"],
  ["high/x.ts", "node:fs"],
])("%s may import %s", (file, specifier) => {
  expect(importErrors(table, [[file, `import "${specifier}";`]])).toEqual([]);
});

test.each([
  ["low/x.ts", "../high/index.js", "low may import only errors.ts"],
  ["low/x.ts", "node:fs", "no Node"],
  ["high/inner/x.ts", "../y.js", "high/inner may import only"],
  ["high/x.ts", "../low/deep.js", "import low/index.js"],
  ["high/x.ts", "../elsewhere.js", "outside of every folder"],
  ["other/x.ts", "./y.js", "add its folder to imports.json"],
  ["errors.ts", "./low/index.js", "may import nothing"],
])("%s may not import %s", (file, specifier, message) => {
  const errors = importErrors(table, [[file, `import "${specifier}";`]]);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(message);
});

test("tests import what they like", () => {
  expect(importErrors(table, [["low/x.test.ts", 'import "../high/deep.js";']])).toEqual([]);
});
