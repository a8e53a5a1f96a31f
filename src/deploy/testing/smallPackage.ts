import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A package that stands for Formwork where only the packing matters: no build, no dependencies. */
export function smallPackage(main = "console.log('formwork')\n"): string {
  const folder = mkdtempSync(join(tmpdir(), "formwork-package-"));
  mkdirSync(join(folder, "dist", "cli"), { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "formwork", version: "9.9.9", files: ["dist"] }),
  );
  writeFileSync(join(folder, "dist", "cli", "main.js"), main);
  return folder;
}
