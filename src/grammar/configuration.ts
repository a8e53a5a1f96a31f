import { ByteSet } from "./byteSet.js";
import type { Binary } from "./bytes.js";
import type { Fuel } from "./fuel.js";
import { Rope } from "./rope.js";

/**
 * A place inside one value: what was read of the value and what may follow. Interned by its owner. Does not include what follows
 * after the value: see `Thread`.
 */
export interface Place {
  readonly id: number;
  /** Adds the threads after `byte`; none if the byte cannot follow. `outer` is what follows the value. */
  step(byte: number, outer: Configuration, sink: Sink): void;
  /** Adds the bytes that may follow, except white space. Not called inside strings. */
  pushBytes(bytes: ByteSet, outer: Configuration): void;
  /** A short ending of the value. */
  closing(fuel: Fuel): Rope | undefined;
  /**
   * Whether what may follow depends on an earlier text, which may be unknown here: masks computed without it try continuations
   * token by token.
   */
  readonly isVague?: boolean;
  /** Whether the ending depends on an incomplete text. */
  readonly closingNeedsText?: boolean;
  /** Whether that text is compared with others, so that any part of it matters. */
  readonly closingIsCompared?: boolean;
  readonly kind: PlaceKind;
}

/**
 * `structure`: between tokens of the document, where white space is permitted. `string`: inside a string. `number`: inside a number,
 * which has no end byte. `literal`: inside true, false or null. `pending`: a key or an item has ended, and its text is needed
 * before the document continues. `end`: the document is complete.
 */
export type PlaceKind = "structure" | "string" | "number" | "literal" | "pending" | "end";

/** A number that may end here. */
export interface NumberPlace extends Place {
  readonly mayEnd: boolean;
}

/** A place that waits for the text of the key or item before it. */
export interface PendingPlace extends Place {
  readonly waitsFor: "key" | "item";
  /** Whether the complete text may turn out to be invalid, although each byte was permitted. */
  readonly isDoubtful: boolean;
  /** `text` is undefined while masks are computed; nothing is recorded then. */
  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void;
}

/** Collects the threads of a configuration. */
export class Sink {
  places: Place[] = [];
  outers: Configuration[] = [];

  add(place: Place, outer: Configuration): void {
    this.places.push(place);
    this.outers.push(outer);
  }

  /** Adds all threads of `configuration`, after a value has ended. */
  addAll(configuration: Configuration): void {
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) this.add(places[i], outers[i]);
  }
}

let nextPlaceId = 1;
export function newPlaceId(): number {
  return nextPlaceId++;
}

const WHITESPACE = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) WHITESPACE[byte] = 1;

const NUMBER_BYTES = new Uint8Array(256);
for (const ch of "0123456789+-.eE") NUMBER_BYTES[ch.charCodeAt(0)] = 1;
/** Bytes that continue a number: any other ends it. */
export function isNumberByte(byte: number): boolean {
  return NUMBER_BYTES[byte] === 1;
}

export function isWhitespace(byte: number): boolean {
  return WHITESPACE[byte] === 1;
}

/**
 * The state after the text so far: a set of threads, each with a place and what follows after its value. The latter is itself a
 * configuration, so that equal stacks are shared. Threads at the same place are merged into one whose outer configuration is the
 * union, so alternatives are free once they agree.
 *
 * Interned, with cached successors. All alternatives read the same text, so either all or none are inside a string, and all are at
 * the same depth of the document.
 */
export class Configuration {
  readonly id: number;
  readonly interner: ConfigurationInterner;
  readonly places: readonly Place[];
  readonly outers: readonly Configuration[];
  /** Whether it is inside a string, where white space is content. */
  readonly inString: boolean;
  readonly hasPending: boolean;
  readonly hasNumber: boolean;
  /** The successor that was requested first: most configurations are passed once, by one byte. */
  private firstByte = -1;
  private firstSuccessor: Configuration | undefined;
  /** The others, by byte; null if the byte cannot follow. */
  private successors: Map<number, Configuration | null> | undefined;
  /** Single-thread configurations whose outer configuration this is: the first that was requested, and the others by place. */
  private firstSingle: Configuration | undefined;
  private singles: Map<number, Configuration> | undefined;
  private anonymous: Configuration | undefined;
  private byteList: readonly number[] | undefined;
  private ending: boolean | undefined;
  private vague: boolean | undefined;
  private needsText: boolean | undefined;
  private compared: boolean | undefined;
  private wayOut: Rope | undefined | null = null;
  /** Masks and other data that readers of the automaton cache with a configuration: mostly one. */
  private firstNoteKey: object | undefined;
  private firstNote: unknown;
  private notes: Map<object, unknown> | undefined;

  constructor(
    interner: ConfigurationInterner,
    id: number,
    places: readonly Place[],
    outers: readonly Configuration[],
  ) {
    this.interner = interner;
    this.id = id;
    this.places = places;
    this.outers = outers;
    this.inString = places.length > 0 && places[0].kind === "string";
    let hasPending = false;
    let hasNumber = false;
    for (let i = 0; i < places.length; i++) {
      const { kind } = places[i];
      if (kind === "pending") hasPending = true;
      else if (kind === "number") hasNumber = true;
    }
    this.hasPending = hasPending;
    this.hasNumber = hasNumber;
  }

  /** The configuration after `byte`; undefined if it cannot follow. Runs of white space are not counted here. */
  step(byte: number): Configuration | undefined {
    if (byte === this.firstByte) return this.firstSuccessor;
    const known = this.successors?.get(byte);
    if (known !== undefined) return known ?? undefined;
    this.interner.fuel.spend(STEP_WORK * this.places.length);
    const sink = new Sink();
    for (let i = 0; i < this.places.length; i++) this.places[i].step(byte, this.outers[i], sink);
    const next = sink.places.length === 0 ? undefined : this.interner.of(sink);
    if (this.firstByte < 0) {
      this.firstByte = byte;
      this.firstSuccessor = next;
    } else {
      this.successors ??= new Map();
      this.successors.set(byte, next ?? null);
    }
    return next;
  }

  /** Data that a reader of the automaton has cached with this configuration under `key`. */
  recall(key: object): unknown {
    return key === this.firstNoteKey ? this.firstNote : this.notes?.get(key);
  }

  remember(key: object, value: unknown): void {
    if (this.firstNoteKey === undefined || this.firstNoteKey === key) {
      this.firstNoteKey = key;
      this.firstNote = value;
      return;
    }
    this.notes ??= new Map();
    this.notes.set(key, value);
  }

  /** The configuration of the single thread at `place` inside this one. */
  around(place: Place): Configuration {
    const { firstSingle } = this;
    if (firstSingle !== undefined && firstSingle.places[0] === place) return firstSingle;
    let single = this.singles?.get(place.id);
    if (single === undefined) {
      single = this.interner.make([place], [this]);
      if (firstSingle === undefined) this.firstSingle = single;
      else {
        this.singles ??= new Map();
        this.singles.set(place.id, single);
      }
    }
    return single;
  }

  /** Whether what ended may turn out to be invalid when its text is known. */
  get isDoubtful(): boolean {
    return (
      this.hasPending &&
      this.places.some((place) => place.kind === "pending" && (place as PendingPlace).isDoubtful)
    );
  }

  /** Whether what may follow depends on a completed text. */
  get isVague(): boolean {
    this.vague ??= this.places.some((place) => place.isVague === true);
    return this.vague;
  }

  /** Whether `byte` ends the current number and may only follow some numbers. */
  endsVaguely(byte: number): boolean {
    if (!this.hasNumber || isNumberByte(byte)) return false;
    const ended = this.endNumber();
    return ended !== undefined && (ended.isVague || ended.isDoubtful);
  }

  /** The configuration without the completed text, for masks, which only depend on it in ways that the walk handles. */
  get resolved(): Configuration {
    if (!this.hasPending) return this;
    this.anonymous ??= this.resolve(undefined, undefined) ?? this.interner.empty;
    return this.anonymous.resolved;
  }

  resolve(key: Binary | undefined, item: Binary | undefined): Configuration | undefined {
    this.interner.fuel.spend(STEP_WORK * this.places.length);
    const sink = new Sink();
    for (let i = 0; i < this.places.length; i++) {
      const place = this.places[i];
      if (place.kind !== "pending") sink.add(place, this.outers[i]);
      else {
        const pending = place as PendingPlace;
        pending.resolve(pending.waitsFor === "key" ? key : item, this.outers[i], sink);
      }
    }
    return sink.places.length === 0 ? undefined : this.interner.of(sink);
  }

  /** What follows the current number; undefined if the number may not end here. */
  endNumber(): Configuration | undefined {
    const sink = new Sink();
    for (let i = 0; i < this.places.length; i++) {
      const place = this.places[i];
      if (place.kind === "number" && (place as NumberPlace).mayEnd) sink.addAll(this.outers[i]);
    }
    return sink.places.length === 0 ? undefined : this.interner.of(sink);
  }

  /** The bytes that may follow, except white space. Not inside strings. */
  get bytes(): readonly number[] {
    if (this.byteList === undefined) {
      const bytes = new ByteSet();
      for (let i = 0; i < this.places.length; i++) this.places[i].pushBytes(bytes, this.outers[i]);
      this.byteList = bytes.list();
    }
    return this.byteList;
  }

  /** Whether the document may end here. */
  get canEnd(): boolean {
    if (this.ending === undefined) {
      this.ending = this.places.some(
        (place, i) =>
          place.kind === "end" || ((place as Partial<NumberPlace>).mayEnd === true && this.outers[i].canEnd),
      );
    }
    return this.ending;
  }

  /** Whether the ending completes a key or an item whose text determines what follows. */
  get closingNeedsText(): boolean {
    this.needsText ??=
      this.places.some((place) => place.closingNeedsText === true) ||
      this.outers.some((outer) => outer.closingNeedsText);
    return this.needsText;
  }

  /** Whether that text is compared with excluded values, including objects and arrays. */
  get closingIsCompared(): boolean {
    this.compared ??=
      this.places.some((place) => place.closingIsCompared === true) ||
      this.outers.some((outer) => outer.closingIsCompared);
    return this.compared;
  }

  /** A short ending of the document from here; an estimate if it depends on the text of an item. */
  get closing(): Rope | undefined {
    if (this.canEnd) return Rope.EMPTY;
    if (this.hasPending) return this.resolved.closing;
    if (this.wayOut === null) {
      const { fuel } = this.interner;
      fuel.spend(STEP_WORK * this.places.length);
      let best: Rope | undefined;
      let bestRest: Rope | undefined;
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < this.places.length; i++) {
        const own = this.places[i].closing(fuel);
        if (own === undefined || own.length >= least) continue;
        const rest = this.outers[i].closing;
        if (rest === undefined || own.length + rest.length >= least) continue;
        best = own;
        bestRest = rest;
        least = own.length + rest.length;
      }
      this.wayOut = best === undefined ? undefined : Rope.join(best, bestRest!);
    }
    return this.wayOut;
  }
}

/**
 * Interns configurations. Bounded: beyond `LIMIT` entries the table is dropped. Configurations in use remain valid; equal ones
 * created later are different objects.
 */
export class ConfigurationInterner {
  private configurations = new Map<string, Configuration>();
  private nextId = 1;
  readonly empty: Configuration;
  /** Counts the cost of following the grammar. */
  readonly fuel: Fuel;

  constructor(fuel: Fuel) {
    this.fuel = fuel;
    this.empty = new Configuration(this, 0, [], []);
  }

  /** Number of configurations created. */
  get made(): number {
    return this.nextId;
  }

  make(places: readonly Place[], outers: readonly Configuration[]): Configuration {
    this.fuel.hold(CONFIGURATION_BYTES + THREAD_BYTES * places.length);
    return new Configuration(this, this.nextId++, places, outers);
  }

  of(sink: Sink): Configuration {
    const { places, outers } = sink;
    if (places.length === 1) return outers[0].around(places[0]);
    this.fuel.spend(STEP_WORK * places.length);
    const order = places
      .map((_, i) => i)
      .sort((a, b) => places[a].id - places[b].id || outers[a].id - outers[b].id);
    const mergedPlaces: Place[] = [];
    const mergedOuters: Configuration[] = [];
    for (let i = 0; i < order.length; ) {
      const place = places[order[i]];
      let outer = outers[order[i]];
      let union: Sink | undefined;
      let next = i + 1;
      for (; next < order.length && places[order[next]] === place; next++) {
        const other = outers[order[next]];
        if (other === outer) continue;
        if (union === undefined) {
          union = new Sink();
          union.addAll(outer);
        }
        union.addAll(other);
      }
      if (union !== undefined) outer = this.of(union);
      mergedPlaces.push(place);
      mergedOuters.push(outer);
      i = next;
    }
    if (mergedPlaces.length === 1) return mergedOuters[0].around(mergedPlaces[0]);
    return this.intern(mergedPlaces, mergedOuters);
  }

  private intern(places: Place[], outers: Configuration[]): Configuration {
    let key = "";
    for (let i = 0; i < places.length; i++) key += `${places[i].id}:${outers[i].id};`;
    let configuration = this.configurations.get(key);
    if (configuration === undefined) {
      if (this.configurations.size >= LIMIT) this.configurations = new Map();
      // Copies without spare capacity.
      configuration = this.make(places.slice(), outers.slice());
      this.configurations.set(key, configuration);
    }
    return configuration;
  }
}

const LIMIT = 50_000;
/** Cost of one place and one byte, in elementary steps. */
const STEP_WORK = 8;
/** Memory of a configuration with its successors, and of each thread, in bytes. Measured. */
const CONFIGURATION_BYTES = 400;
const THREAD_BYTES = 100;
