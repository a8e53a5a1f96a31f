import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import type { ColdStart, Sample, TargetFacts } from "../results.js";

/** The first line of a journal. */
export interface JournalHead {
  fingerprint: string;
  title: string;
  /** ISO 8601. */
  created: string;
}

type Entry =
  | { type: "head"; value: JournalHead }
  | { type: "target"; value: TargetFacts }
  | { type: "cold"; value: ColdStart }
  | { type: "sample"; value: Sample };

/**
 * The measurements of a run, one line per entry, written immediately, so that Ctrl-C, a crash or a full disk only lose the current sample.
 * A truncated line is ignored when reading.
 */
export class Journal {
  readonly head: JournalHead;
  readonly samples: Sample[] = [];
  readonly coldStarts: ColdStart[] = [];
  readonly targets = new Map<string, TargetFacts>();
  private readonly path: string;

  private constructor(path: string, head: JournalHead) {
    this.path = path;
    this.head = head;
  }

  static create(folder: string, head: JournalHead): Journal {
    mkdirSync(folder, { recursive: true });
    const path = journalPath(folder);
    if (existsSync(path)) {
      throw new FormworkError(
        "wrong_usage",
        `${folder} holds a run already: continue it with --resume ${folder}, or name another folder with --out.`,
      );
    }
    const journal = new Journal(path, head);
    journal.append({ type: "head", value: head });
    return journal;
  }

  /** Opens a run to resume it. Throws `wrong_usage` if `fingerprint` differs from the journal's. */
  static resume(folder: string, fingerprint: string): Journal {
    const path = journalPath(folder);
    if (!existsSync(path)) throw new FormworkError("wrong_usage", `There is no run to resume in ${folder}.`);
    const text = readFileSync(path, "utf8");
    const entries = text
      .split("\n")
      .map(parseEntry)
      .filter((entry) => entry !== undefined);
    const first = entries[0];
    if (first?.type !== "head") {
      throw new FormworkError("wrong_usage", `${path} does not begin as a journal does.`);
    }
    if (first.value.fingerprint !== fingerprint) {
      throw new FormworkError(
        "wrong_usage",
        `The run in ${folder} measured something else (other cases, targets or settings): resume it with the command that began it.`,
      );
    }
    const journal = new Journal(path, first.value);
    for (const entry of entries) journal.keep(entry);
    // Terminates a truncated line.
    if (!text.endsWith("\n")) appendFileSync(path, "\n");
    return journal;
  }

  addTarget(value: TargetFacts): void {
    this.add({ type: "target", value });
  }

  addColdStart(value: ColdStart): void {
    this.add({ type: "cold", value });
  }

  addSample(value: Sample): void {
    this.add({ type: "sample", value });
  }

  private add(entry: Entry): void {
    this.append(entry);
    this.keep(entry);
  }

  private append(entry: Entry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  private keep(entry: Entry): void {
    if (entry.type === "sample") this.samples.push(entry.value);
    else if (entry.type === "cold") this.coldStarts.push(entry.value);
    else if (entry.type === "target") this.targets.set(entry.value.name, entry.value);
  }
}

function journalPath(folder: string): string {
  return join(folder, "journal.ndjson");
}

function parseEntry(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
