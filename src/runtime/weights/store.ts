/** Where arranged weights are kept: a folder for each model file, made once. */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { readGgufHeader } from "../gguf/header.js";
import { arrange, canBeArranged } from "./arrange.js";

/** A model file whose weights are the sum of two parts: a model of its own and an adapter to add to it. */
export interface ArrangedWeights {
  base: string;
  terms: string;
  /** True where they were made by this call. */
  made: boolean;
}

/** Changes when the same file would be arranged in another way. */
const LAYOUT = 1;
const SOURCE = "source.json";
const DRAFT_LIFETIME_MS = 3_600_000;

/**
 * The weights of the model file at `path` as two parts, from `folder` or made now (a second for 100 MB). Null where the
 * file has no weights for which that pays. Throws what the file system throws, and leaves nothing half done behind.
 */
export function arrangedWeights(path: string, folder: string): ArrangedWeights | null {
  const source = realpathSync(path);
  const target = join(folder, keyOf(source));
  const found = (made: boolean): ArrangedWeights => ({
    base: join(target, "base.gguf"),
    terms: join(target, "terms.gguf"),
    made,
  });
  if (exists(join(target, SOURCE))) return found(false);
  const header = readGgufHeader(path);
  if (!canBeArranged(header)) return null;
  mkdirSync(folder, { recursive: true });
  removeStale(folder);
  const draft = mkdtempSync(join(folder, `${basename(target)}-`));
  try {
    arrange(path, header, join(draft, "base.gguf"), join(draft, "terms.gguf"));
    writeFileSync(join(draft, SOURCE), `${JSON.stringify({ path: source })}\n`);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process may have been first.
    if (!exists(join(target, SOURCE))) throw error;
  }
  return found(true);
}

/** Deletes arranged weights that cannot be loaded, so that they are made anew. */
export function discardArranged({ base }: ArrangedWeights): void {
  rmSync(join(base, ".."), { recursive: true, force: true });
}

/** A file is another one when its size or its time of change is another. */
function keyOf(source: string): string {
  const { size, mtimeMs } = statSync(source);
  return createHash("sha256").update(`${LAYOUT}\n${source}\n${size}\n${mtimeMs}`).digest("hex").slice(0, 24);
}

/** Removes what belongs to files that are gone or were changed, and drafts that nobody finished. */
function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const entry = join(folder, name);
    if (isStale(entry, name)) rmSync(entry, { recursive: true, force: true });
  }
}

function isStale(entry: string, name: string): boolean {
  try {
    const { path } = JSON.parse(readFileSync(join(entry, SOURCE), "utf8")) as { path: string };
    return keyOf(path) !== name;
  } catch {
    // A draft has no source yet; arranged weights whose source is gone have no key.
    if (!name.includes("-")) return true;
    const draft = statSync(entry, { throwIfNoEntry: false });
    return draft !== undefined && Date.now() - draft.mtimeMs > DRAFT_LIFETIME_MS;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
