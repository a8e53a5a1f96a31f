import { LimitError, type LimitName } from "../errors.js";

/** How much one grammar may cost. Work is counted in elementary steps of some tens of nanoseconds: the same on every machine. */
export interface FuelLimits {
  /** Work of compiling, the first splitting of alternatives included. */
  readonly compileWork: number;
  /** Work of one call of a matcher or of `accepts`. */
  readonly stepWork: number;
  /** Memory of what the grammar has worked out so far, in bytes, about. */
  readonly memoryBytes: number;
}

/**
 * Counts what one grammar costs and stops it with a `LimitError` when that exceeds its limits. Passed to whatever
 * works for the grammar. Running out leaves every structure usable.
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

  /** Without limits: for tests and for what a caller does not control. */
  static unlimited(): Fuel {
    const none = Number.POSITIVE_INFINITY;
    return new Fuel({ compileWork: none, stepWork: none, memoryBytes: none });
  }

  /** A call of a matcher begins: it has the work of one step. */
  beginStep(): void {
    this.phase = "stepWork";
    this.left = this.limits.stepWork;
  }

  /** Throws a `LimitError` where `work` is more than is left. */
  spend(work: number): void {
    this.left -= work;
    if (this.left < 0) throw outOf(this.phase, this.limits[this.phase]);
  }

  /** Notes memory that is kept from now on; throws a `LimitError` where it is too much. */
  hold(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.memoryBytes) throw outOf("memoryBytes", this.limits.memoryBytes);
  }

  /** Notes that memory is no longer kept. */
  release(bytes: number): void {
    this.bytes -= bytes;
  }

  /** Notes a table that others may use too and that grows by itself. */
  share(table: { readonly byteLength: number }): void {
    this.tables.add(table);
  }

  /** Memory held, in bytes, about. */
  get held(): number {
    return this.bytes;
  }

  /** The same with the tables that are shared, which live as long as somebody uses them. */
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
