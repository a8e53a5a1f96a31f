/** The cache of repacked weights: one folder per model file. */
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
import { arrange, arrangeable } from "./arrange.js";

/** A file of arranged weights. */
export interface ArrangedWeights {
  path: string;
  /** True where it was made by this call. */
  made: boolean;
}

/** Changes when the same file would be arranged in another way. */
const LAYOUT = 2;
const SOURCE = "source.json";
const WEIGHTS = "weights.gguf";
const DRAFT_LIFETIME_MS = 3_600_000;

/**
 * The weights of the model file at `path`, arranged, from `folder` or made now (a second for 100 MB). Null where the
 * file has no weights for which that pays. Throws what the file system throws, and leaves nothing half done behind.
 */
export function arrangedWeights(path: string, folder: string): ArrangedWeights | null {
  const source = realpathSync(path);
  const target = join(folder, keyOf(source));
  const found = (made: boolean): ArrangedWeights => ({ path: join(target, WEIGHTS), made });
  if (exists(join(target, SOURCE))) return found(false);
  const header = readGgufHeader(path);
  const shape = arrangeable(header);
  if (shape === null) return null;
  mkdirSync(folder, { recursive: true });
  removeStale(folder);
  const draft = mkdtempSync(join(folder, `${basename(target)}-`));
  try {
    arrange(path, header, shape, join(draft, WEIGHTS));
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
export function discardArranged({ path }: ArrangedWeights): void {
  rmSync(join(path, ".."), { recursive: true, force: true });
}

/** Files are identified by path, size and modification time. */
function keyOf(source: string): string {
  const { size, mtimeMs } = statSync(source);
  return createHash("sha256").update(`${LAYOUT}\n${source}\n${size}\n${mtimeMs}`).digest("hex").slice(0, 24);
}

/** Removes entries of deleted or changed files, and unfinished drafts. */
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
    // A draft has no source yet; repacked weights without their source have no key.
    if (!name.includes("-")) return true;
    const draft = statSync(entry, { throwIfNoEntry: false });
    return draft !== undefined && Date.now() - draft.mtimeMs > DRAFT_LIFETIME_MS;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
