/** Controls how llama.cpp divides a matrix between its threads. */
import { availableParallelism, cpus } from "node:os";
import koffi from "koffi";
import type { NativeLlama } from "./native.js";
import { processorFunction } from "./processor.js";

/** Only the assignment of rows to threads changes, never a bit of the logits. */
export interface RowSplit {
  /** True: each thread computes one contiguous part of each matrix. False: threads alternately take chunks of 64 rows. */
  contiguous: boolean;
}

/** `GGML_NUMA_STRATEGY_DISABLED`: the system places the threads. */
const NO_STRATEGY = 0;

/**
 * The switch of the loaded CPU backend; null if there is none.
 *
 * For a single token, the library's threads alternately take chunks of 64 rows. Different cores then read adjacent chunks and prefetch
 * each other's data: with two threads, half of the time is spent waiting for weights. On machines with several memory nodes, each
 * thread gets one part instead, which is faster on one node, too. There is no option for it; the library checks the number
 * of nodes it has counted (`ggml_is_numa`). That number is the switch. Its address is read from the accessor's machine code, so with
 * any other accessor than the known one, there is no switch.
 *
 * With several nodes, the library also resets the CPU affinity of the calling thread after each decode, so a process bound to some
 * CPUs does not use the switch.
 */
export function findRowSplit(native: NativeLlama): RowSplit | null {
  let split = known.get(native);
  if (split === undefined) known.set(native, (split = locate(native)));
  return split;
}

const known = new WeakMap<NativeLlama, RowSplit | null>();

function locate(native: NativeLlama): RowSplit | null {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  if (native.gpus.length > 0 || availableParallelism() < cpus().length) return null;
  const accessor = processorFunction(native, "ggml_backend_cpu_is_numa");
  const initialise = processorFunction(native, "ggml_backend_cpu_numa_init");
  if (accessor === null || initialise === null) return null;
  const address = nodeCountAddress(accessor as bigint);
  if (address === null) return null;
  const nodes = new Uint32Array(koffi.view(address, 4));
  if (nodes[0] === 0) koffi.call(initialise, initialiseType, NO_STRATEGY);
  // The system did not report it. Otherwise the count does not matter: without a strategy, only the split uses it.
  if (nodes[0] === 0) return null;
  const split = {
    get contiguous(): boolean {
      return koffi.call(accessor, accessorType) as boolean;
    },
    set contiguous(wanted: boolean) {
      nodes[0] = wanted ? 2 : 1;
    },
  };
  for (const wanted of [true, false]) {
    split.contiguous = wanted;
    if (split.contiguous !== wanted) return null;
  }
  return split;
}

const accessorType = koffi.proto("bool", []);
const initialiseType = koffi.proto("void", ["int"]);

/** `cmp dword ptr [rip + distance], 1; seta al; ret`, which may follow an `endbr64`. */
const ENDBR64 = "f30f1efa";
const ACCESSOR = /^833d(.{8})010f97c0c3/;

/** The address that `return nodes > 1` reads, from its machine code; null for any other function. */
export function nodeCountAddress(accessor: bigint): bigint | null {
  let code = Buffer.from(koffi.view(accessor, 16));
  let at = accessor;
  if (code.toString("hex").startsWith(ENDBR64)) {
    code = code.subarray(4);
    at += 4n;
  }
  if (!ACCESSOR.test(code.toString("hex"))) return null;
  // The distance is relative to the end of the compare instruction, which has seven bytes.
  return at + 7n + BigInt(code.readInt32LE(2));
}

/** Number of decodes of each kind that are compared, after the first ones of a new model. */
const ROUNDS = 8;
const IGNORED = 2;

/**
 * Measures both ways alternately during the first single-token decodes, and keeps the faster one: equal cores prefer one part each,
 * cores of different speed may not.
 */
export class RowSplitTrial {
  settled = false;

  private readonly split: RowSplit;
  private readonly times = { contiguous: [] as number[], inTurns: [] as number[] };
  private ignored = 0;

  constructor(split: RowSplit) {
    this.split = split;
    split.contiguous = true;
  }

  /** Records the time of a single-token decode, in milliseconds. */
  observe(milliseconds: number): void {
    if (this.settled || this.ignored++ < IGNORED) return;
    const { contiguous, inTurns } = this.times;
    (this.split.contiguous ? contiguous : inTurns).push(milliseconds);
    this.split.contiguous = !this.split.contiguous;
    if (inTurns.length < ROUNDS || contiguous.length < ROUNDS) return;
    this.split.contiguous = middle(contiguous) <= middle(inTurns);
    this.settled = true;
  }
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
