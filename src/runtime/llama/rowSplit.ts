/** How llama.cpp divides a matrix between its threads, and the switch for it. */
import { availableParallelism, cpus } from "node:os";
import koffi from "koffi";
import type { NativeLlama } from "./native.js";
import { processorFunction } from "./processor.js";

/** Rows are computed alike either way: only the order in which threads come by them changes, never a bit of the logits. */
export interface RowSplit {
  /** True: every thread has one contiguous part of each matrix. False: threads take pieces of 64 rows in turns. */
  contiguous: boolean;
}

/** `GGML_NUMA_STRATEGY_DISABLED`: threads stay where the system puts them. */
const NO_STRATEGY = 0;

/**
 * The switch of the loaded CPU backend, or null where there is none to be had.
 *
 * For a single token the library lets its threads take pieces of 64 rows in turns. Neighbouring pieces are then read
 * by different cores, each of which prefetches what belongs to the other: with two threads half of the time goes into
 * waiting for weights. On machines with several memory nodes it gives each thread one part instead, which is faster on
 * one node too. No option asks for it: the library looks at the number of nodes it once counted
 * (`ggml_is_numa`). That number is the switch. It is found by reading the accessor's own instructions, so any other
 * accessor than the one known here means no switch.
 *
 * With several nodes the library also frees the calling thread of its processor affinity after each decode, so a
 * process that was bound to some processors goes without.
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
  // The system did not report it. Otherwise the count does not matter: without a strategy only the split asks for it.
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

/** Where `return nodes > 1` reads its number, by its machine code; null for any other function. */
export function nodeCountAddress(accessor: bigint): bigint | null {
  let code = Buffer.from(koffi.view(accessor, 16));
  let at = accessor;
  if (code.toString("hex").startsWith(ENDBR64)) {
    code = code.subarray(4);
    at += 4n;
  }
  if (!ACCESSOR.test(code.toString("hex"))) return null;
  // The distance counts from the end of the compare instruction, seven bytes long.
  return at + 7n + BigInt(code.readInt32LE(2));
}

/** Decodes of either kind that are compared; the first ones of a fresh model are not. */
const ROUNDS = 8;
const IGNORED = 2;

/**
 * Finds out by the first decodes of a single token which way is faster on this machine, taking turns, and leaves the
 * switch there: equal cores like one part each, cores of different speed may not.
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

  /** Takes note of a decode of one token, in milliseconds. */
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
