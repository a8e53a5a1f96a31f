import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FormworkError } from "../../../errors.js";
import { pythonEnvironment } from "../../../system/index.js";
import type { MaskFigures } from "../../results.js";
import type { Shard } from "../../shard.js";
import { Tally } from "./tally.js";

/** Engines to compare with. xgrammar depends on PyTorch. */
export const PEERS = ["llguidance", "xgrammar"] as const;
export type PeerName = (typeof PEERS)[number];

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("./peers/run.py", import.meta.url));

/**
 * A Python environment with the peer at the version pinned in `peers/requirements-*.txt`, created on first use in the cache folder. Throws
 * `wrong_usage` if there is no Python or the download fails.
 */
export async function preparePython(peer: PeerName, signal?: AbortSignal): Promise<string> {
  const file = fileURLToPath(new URL(`./peers/requirements-${peer}.txt`, import.meta.url));
  const digest = createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
    .slice(0, 12);
  const { python } = await pythonEnvironment(
    { name: `${peer}-${digest}`, file },
    signal === undefined ? {} : { signal },
  );
  return python;
}

/** The peer over the same cases, shard by shard. */
export class PeerRun {
  private readonly peer: PeerName;
  private readonly python: string;
  private readonly folder: string;
  private readonly tally = new Tally();

  constructor(peer: PeerName, python: string, folder: string) {
    this.peer = peer;
    this.python = python;
    this.folder = folder;
  }

  /** Runs one shard. If the script fails, throws `internal` with its output. */
  async shard(shard: Shard, signal?: AbortSignal): Promise<void> {
    const scratch = await mkdtemp(join(tmpdir(), "formwork-peer-"));
    const raw = join(scratch, "times");
    try {
      const parameters = [SCRIPT, this.peer, this.folder, `${shard.index}/${shard.count}`, raw];
      const { stdout } = await run(this.python, parameters, { signal, maxBuffer: 1 << 26 });
      const counts = JSON.parse(stdout.trim().split("\n").at(-1)!) as Tally["counts"];
      for (const key of Object.keys(this.tally.counts) as (keyof typeof counts)[])
        this.tally.counts[key] += counts[key];
      this.tally.maskTimes.append(await floats(`${raw}.mask`));
      this.tally.firstMaskTimes.append(await floats(`${raw}.first`));
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new FormworkError("internal", `${this.peer} failed: ${(cause as Error).message}`, { cause });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  figures(): MaskFigures {
    return this.tally.figures(this.peer);
  }
}

async function floats(path: string): Promise<Float32Array> {
  const content = await readFile(path);
  return new Float32Array(content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength));
}
