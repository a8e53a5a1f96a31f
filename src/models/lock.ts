/** A lock between processes: a file that exists while its holder lives. */
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { FormworkError } from "../errors.js";

/** The holder touches the file this often; a file untouched for long belongs to a process that has ended. */
const BEAT_MS = 1000;
const STALE_MS = 15_000;
const POLL_MS = 100;

interface Holder {
  pid: number;
  host: string;
  token: string;
}

export interface Lock {
  release(): Promise<void>;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch {
    return null;
  }
}

/** Whether the lock file's holder is gone. */
async function isStale(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => null);
  if (file === null) return false;
  if (Date.now() - file.mtimeMs > STALE_MS) return true;
  const holder = await readHolder(path);
  return holder !== null && holder.host === hostname() && !isAlive(holder.pid);
}

/**
 * Waits until the lock at `path` is free and acquires it. If it has to wait, it calls `onWait` once. Throws `cancelled` when
 * `signal` aborts, or the file system's error if the file cannot be created.
 */
export async function acquireLock(path: string, signal?: AbortSignal, onWait?: () => void): Promise<Lock> {
  const holder: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted)
      throw new FormworkError("cancelled", "Cancelled while waiting for another download.");
    if (await create(path, holder)) return held(path, holder);
    if (attempt === 0) onWait?.();
    if (await isStale(path)) {
      // Renamed before it is deleted: only one of several processes that find it stale can rename it.
      const aside = `${path}.${holder.token}`;
      await rename(path, aside).catch(() => undefined);
      await rm(aside, { force: true });
      continue;
    }
    await wait(POLL_MS);
  }
}

async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(JSON.stringify(holder));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function held(path: string, holder: Holder): Lock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      // Our lock may have been considered stale (after a suspend); then another process holds it now.
      if ((await readHolder(path))?.token === holder.token) await rm(path, { force: true });
    },
  };
}
