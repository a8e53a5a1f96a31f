import {
  type Configuration,
  FINISH,
  INSIDE,
  isMachinePlace,
  isSegmentPlace,
  isTextPlace,
  type MachinePlace,
  type Place,
  type SegmentPlace,
  Sink,
  type TextMachine,
} from "../../grammar/index.js";
import type { Reader } from "./targets.js";

/** One thread inside a string or a text: a reader in some state, and the meaning of its states and ends. */
interface Thread {
  readonly reader: Reader;
  readonly state: number;
  /** Adds the place in `state`. */
  enter(state: number, sink: Sink): void;
  /** Adds what follows the end with that label. */
  leave(label: number, sink: Sink): void;
}

/**
 * The threads of a configuration inside a string, combined into one reader. Texts that are followed byte by byte (keys that the
 * schema names, excluded values) are left out; `hasTexts` is set if there are any that matter.
 */
export class Threads {
  readonly reader: Reader;
  readonly start: number;
  readonly hasTexts: boolean;
  private readonly configuration: Configuration;
  private readonly threads: readonly Thread[];
  private readonly joint: JointReader | undefined;

  private constructor(configuration: Configuration, threads: readonly Thread[], joints: JointReaders) {
    this.configuration = configuration;
    this.threads = threads;
    this.hasTexts = configuration.places.some(followsTexts);
    this.joint = threads.length === 1 ? undefined : joints.of(threads.map(({ reader }) => reader));
    this.reader = this.joint ?? threads[0].reader;
    this.start =
      this.joint === undefined ? threads[0].state : this.joint.of(threads.map(({ state }) => state));
  }

  /** Undefined if the configuration is followed in another way. */
  static of(configuration: Configuration, reach: number, joints: JointReaders): Threads | undefined {
    const threads: Thread[] = [];
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (place === FINISH || isTextPlace(place)) continue;
      if (isMachinePlace(place)) threads.push(new StringThread(place, outers[i], reach));
      else if (places.length === 1 && isSegmentPlace(place))
        threads.push(new SegmentThread(place, outers[i]));
      else return undefined;
    }
    return threads.length === 0 ? undefined : new Threads(configuration, threads, joints);
  }

  /** The configuration for a state of the reader; undefined if no thread is left. */
  at(state: number): Configuration | undefined {
    const sink = new Sink();
    const { joint, threads } = this;
    if (joint === undefined) threads[0].enter(state, sink);
    else {
      const states = joint.statesOf(state);
      for (let i = 0; i < threads.length; i++) if (states[i] > 0) threads[i].enter(states[i], sink);
    }
    return this.configurationOf(sink);
  }

  /** Whether `configuration`, in that state, still has all its threads, with none left out because of texts. */
  areAllIn({ places }: Configuration, state: number): boolean {
    let left = 0;
    for (const place of places) if (isMachinePlace(place)) left++;
    if (this.joint === undefined) return left === (state > 0 ? 1 : 0);
    let all = 0;
    for (const one of this.joint.statesOf(Math.max(0, state))) if (one > 0) all++;
    return left === all;
  }

  /** What follows the end with that label; undefined if nothing can. */
  after(label: number): Configuration | undefined {
    const sink = new Sink();
    const { joint, threads } = this;
    if (joint === undefined) threads[0].leave(label, sink);
    else {
      const labels = joint.labelsOf(label);
      for (let i = 0; i < threads.length; i++) if (labels[i] >= 0) threads[i].leave(labels[i], sink);
    }
    return this.configurationOf(sink);
  }

  private configurationOf(sink: Sink): Configuration | undefined {
    return sink.places.length === 0 ? undefined : this.configuration.interner.of(sink);
  }
}

/** Whether what may follow here also depends on a text, not only on the state. */
function followsTexts(place: Place): boolean {
  return isTextPlace(place) || (isMachinePlace(place) && place.excluded !== undefined);
}

class StringThread implements Thread {
  readonly reader: Reader;
  readonly state: number;
  private readonly place: MachinePlace;
  private readonly outer: Configuration;

  /** `reach`: length of the longest token in bytes. */
  constructor(place: MachinePlace, outer: Configuration, reach: number) {
    // Far from the bounds of its length, a string is closed like an unbounded one.
    this.place = place.withoutBounds?.(reach) ?? place;
    this.outer = outer;
    this.reader = this.place.machine;
    this.state = this.place.state;
  }

  enter(state: number, sink: Sink): void {
    sink.add(this.place.at(state), this.outer);
  }

  leave(label: number, sink: Sink): void {
    this.place.end(label, this.outer, sink);
  }
}

class SegmentThread implements Thread {
  readonly reader: Reader;
  readonly state: number;
  private readonly place: SegmentPlace;
  private readonly outer: Configuration;

  constructor(place: SegmentPlace, outer: Configuration) {
    this.reader = readerOf(place.segment.machine);
    this.state = place.state;
    this.place = place;
    this.outer = outer;
  }

  enter(state: number, sink: Sink): void {
    this.place.segment.enter(state, this.outer, sink);
  }

  leave(label: number, sink: Sink): void {
    sink.addAll(this.place.segment.after(label, this.outer));
  }
}

class SegmentReader implements Reader {
  private readonly machine: TextMachine;

  constructor(machine: TextMachine) {
    this.machine = machine;
  }

  step(state: number, byte: number): number {
    const { automaton, exits } = this.machine;
    const next = automaton.step(state, byte);
    return next === 0 || exits[next] === INSIDE ? next : -2 - exits[next];
  }
}

const segmentReaders = new WeakMap<TextMachine, SegmentReader>();
function readerOf(machine: TextMachine): SegmentReader {
  let reader = segmentReaders.get(machine);
  if (reader === undefined) segmentReaders.set(machine, (reader = new SegmentReader(machine)));
  return reader;
}

/** Maximum size of a joint reader, in states and successors; beyond it a new one is started. */
const MAX_JOINT_STATES = 4096;
const MAX_JOINTS = 64;

/** The joint readers of one vocabulary, cached because the same few combinations recur. */
export class JointReaders {
  private readonly ids = new WeakMap<Reader, number>();
  private readonly kept = new Map<string, JointReader>();
  private nextId = 1;

  of(readers: readonly Reader[]): JointReader {
    const key = readers.map((reader) => this.idOf(reader)).join(",");
    let joint = this.kept.get(key);
    if (joint === undefined || joint.size > MAX_JOINT_STATES) {
      if (this.kept.size >= MAX_JOINTS) this.kept.clear();
      this.kept.set(key, (joint = new JointReader(readers)));
    }
    return joint;
  }

  private idOf(reader: Reader): number {
    let id = this.ids.get(reader);
    if (id === undefined) this.ids.set(reader, (id = this.nextId++));
    return id;
  }
}

const UNKNOWN = -1;

/** Several readers of the same text. Its states and labels are lists of theirs, numbered in order of discovery. */
class JointReader implements Reader {
  private readonly readers: readonly Reader[];
  private readonly states: (readonly number[])[] = [[]];
  private readonly labels: (readonly number[])[] = [];
  private readonly stateIds = new Map<string, number>();
  private readonly labelIds = new Map<string, number>();
  /** `next[state * 256 + byte]`: the successor as `step` returns it, -1 while unknown. */
  private next = new Int32Array(8 * 256).fill(UNKNOWN);

  constructor(readers: readonly Reader[]) {
    this.readers = readers;
  }

  get size(): number {
    return this.states.length;
  }

  of(states: readonly number[]): number {
    const key = states.join(",");
    let id = this.stateIds.get(key);
    if (id === undefined) {
      id = this.states.length;
      this.states.push(states);
      this.stateIds.set(key, id);
      if ((id + 1) << 8 > this.next.length) {
        const larger = new Int32Array(this.next.length * 2).fill(UNKNOWN);
        larger.set(this.next);
        this.next = larger;
      }
    }
    return id;
  }

  statesOf(state: number): readonly number[] {
    return this.states[state];
  }

  /** The labels of readers that have ended, -1 for the others. */
  labelsOf(label: number): readonly number[] {
    return this.labels[label];
  }

  step(state: number, byte: number): number {
    const known = this.next[(state << 8) | byte];
    if (known !== UNKNOWN) return known;
    const found = this.find(state, byte);
    this.next[(state << 8) | byte] = found;
    return found;
  }

  private find(state: number, byte: number): number {
    const from = this.states[state];
    const reached = this.readers.map((reader, i) => (from[i] > 0 ? reader.step(from[i], byte) : 0));
    if (reached.every((target) => target === 0)) return 0;
    // All read the same string, so when one ends, all end.
    if (!reached.some((target) => target < 0)) return this.of(reached);
    const labels = reached.map((target) => (target < 0 ? -2 - target : -1));
    const key = labels.join(",");
    let id = this.labelIds.get(key);
    if (id === undefined) {
      id = this.labels.length;
      this.labels.push(labels);
      this.labelIds.set(key, id);
    }
    return -2 - id;
  }
}
