import { LimitError, type LimitName } from "../errors.js";

/** Limits of one grammar. Work is counted in elementary steps of some tens of nanoseconds, equally on every machine. */
export interface FuelLimits {
  /** Work of compiling, including the first split of alternatives. */
  readonly compileWork: number;
  /** Work of one call of a matcher or of `accepts`. */
  readonly stepWork: number;
  /** Approximate memory of the grammar and its caches, in bytes. */
  readonly memoryBytes: number;
}

/**
 * Counts the cost of one grammar, and throws a `LimitError` when it exceeds the limits. Passed to all code that works for the
 * grammar. All structures remain usable after the error.
 */
export class Fuel {
  private readonly limits: FuelLimits;
  private phase: "compileWork" | "stepWork" = "compileWork";
  private left: number;
  private bytes = 0;
  private readonly tables = new Set<{ readonly byteLength: number }>();

  constructor(limits: FuelLimits) {
    this.limits = limits;
    this.left = limits.compileWork;
  }

  /** Without limits, for tests and for work that callers do not control. */
  static unlimited(): Fuel {
    const none = Number.POSITIVE_INFINITY;
    return new Fuel({ compileWork: none, stepWork: none, memoryBytes: none });
  }

  /** Starts a call of a matcher, which has the work of one step. */
  beginStep(): void {
    this.phase = "stepWork";
    this.left = this.limits.stepWork;
  }

  /** Throws a `LimitError` if `work` is more than is left. */
  spend(work: number): void {
    this.left -= work;
    if (this.left < 0) throw outOf(this.phase, this.limits[this.phase]);
  }

  /** Counts allocated memory; throws a `LimitError` if it is too much. */
  hold(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.memoryBytes) throw outOf("memoryBytes", this.limits.memoryBytes);
  }

  /** Counts freed memory. */
  release(bytes: number): void {
    this.bytes -= bytes;
  }

  /** Registers a shared table, whose size may change. */
  share(table: { readonly byteLength: number }): void {
    this.tables.add(table);
  }

  /** Approximate memory in bytes. */
  get held(): number {
    return this.bytes;
  }

  /** The same, including shared tables, which live as long as they are in use. */
  get reachable(): number {
    let bytes = this.bytes;
    for (const { byteLength } of this.tables) bytes += byteLength;
    return bytes;
  }
}

const MEANINGS: Record<"compileWork" | "stepWork" | "memoryBytes", string> = {
  compileWork: "Compiling the schema takes more work",
  stepWork: "Following the document takes more work in one step",
  memoryBytes: "Following the schema takes more memory",
};

function outOf(name: "compileWork" | "stepWork" | "memoryBytes", limit: number): LimitError {
  return new LimitError(
    name satisfies LimitName,
    `${MEANINGS[name]} than the limit ${name} (${limit}) allows.`,
  );
}
