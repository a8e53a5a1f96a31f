import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const scripts = readdirSync(join(root, "scripts"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".mjs"),
);

/** What a script imports of the build: the file from the root on, and the names. */
function importsOf(script: string): { file: string; names: string[] }[] {
  const text = readFileSync(join(root, "scripts", script), "utf8");
  return [...text.matchAll(/import \{([^}]*)\} from "(?:\.\.\/)+(dist\/[^"]+)"/g)].map(([, names, file]) => ({
    file,
    names: names
      .split(",")
      .map((name) => name.trim().split(" as ")[0])
      .filter((name) => name !== ""),
  }));
}

test.each(scripts.filter((script) => importsOf(script).length > 0))(
  "%s imports what the build exports",
  async (script) => {
    for (const { file, names } of importsOf(script)) {
      const exported = await import(join(root, file));
      expect(Object.keys(exported)).toEqual(expect.arrayContaining(names));
    }
  },
);
