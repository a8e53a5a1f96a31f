import { ByteSet } from "./byteSet.js";
import type { Binary } from "./bytes.js";
import type { Fuel } from "./fuel.js";
import { Rope } from "./rope.js";

/**
 * A place inside one value: what was read of it and what may follow. Interned by its owner, so that equal places are
 * one object. What follows after the value is not part of it: see `Thread`.
 */
export interface Place {
  readonly id: number;
  /** Adds the threads after `byte`; none where the byte cannot follow. `outer` is what follows the value. */
  step(byte: number, outer: Configuration, sink: Sink): void;
  /** Adds the bytes that may follow, white space aside. Not called inside strings. */
  pushBytes(bytes: ByteSet, outer: Configuration): void;
  /** A short way to the end of the value. */
  closing(fuel: Fuel): Rope | undefined;
  /**
   * What may follow depends on a text before it that need not be known here: masks that do not know it try what goes
   * on from here token by token.
   */
  readonly isVague?: boolean;
  /** The way to the end depends on a text that is not whole yet. */
  readonly closingNeedsText?: boolean;
  /** That text is compared with others: any part of it matters. */
  readonly closingIsCompared?: boolean;
  readonly kind: PlaceKind;
}

/**
 * `structure`: between tokens of the document, white space may stand. `string`: inside a string. `number`: inside a
 * number, which ends without a byte of its own. `literal`: inside true, false or null. `pending`: a key or an item has
 * ended and its text is needed before the document continues. `end`: the document is whole.
 */
export type PlaceKind = "structure" | "string" | "number" | "literal" | "pending" | "end";

/** A number that may end here. */
export interface NumberPlace extends Place {
  readonly mayEnd: boolean;
}

/** A place that waits for the text of the key or item before it. */
export interface PendingPlace extends Place {
  readonly waitsFor: "key" | "item";
  /** Whether the text may turn out not to be allowed, though every byte of it was. */
  readonly isDoubtful: boolean;
  /** `text` is undefined while only masks are worked out: nothing is remembered of it. */
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

  /** All threads of `configuration`: a value has ended, these follow. */
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
/** Bytes that go on with a number: any other ends it. */
export function isNumberByte(byte: number): boolean {
  return NUMBER_BYTES[byte] === 1;
}

export function isWhitespace(byte: number): boolean {
  return WHITESPACE[byte] === 1;
}

/**
 * Everything that the text so far may be: a set of threads, each a place and what follows after its value
 * (itself a configuration: the stack, shared wherever it is equal). Threads at the same place are merged into one
 * whose outer configuration is the union, so alternatives cost nothing once they agree.
 *
 * Interned: equal configurations are one object, with memoised successors. All alternatives read the same text, so
 * they are inside a string, or at the same depth of the document, together.
 */
export class Configuration {
  readonly id: number;
  readonly interner: ConfigurationInterner;
  readonly places: readonly Place[];
  readonly outers: readonly Configuration[];
  /** Inside a string: white space is content. */
  readonly inString: boolean;
  readonly hasPending: boolean;
  readonly hasNumber: boolean;
  /** The successor that was asked for first: most configurations are passed once, by one byte. */
  private firstByte = -1;
  private firstSuccessor: Configuration | undefined;
  /** The others by byte; null where the byte cannot follow. */
  private successors: Map<number, Configuration | null> | undefined;
  /** Configurations of one thread whose outer configuration this is: the first that was asked for, the others by place. */
  private firstSingle: Configuration | undefined;
  private singles: Map<number, Configuration> | undefined;
  private anonymous: Configuration | undefined;
  private byteList: readonly number[] | undefined;
  private ending: boolean | undefined;
  private vague: boolean | undefined;
  private needsText: boolean | undefined;
  private compared: boolean | undefined;
  private wayOut: Rope | undefined | null = null;
  /** Masks and what else readers of the automaton keep with a configuration: mostly one thing. */
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

  /** The configuration after `byte`, undefined where it cannot follow. White space is not counted here. */
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

  /** What a reader of the automaton remembers of this configuration under `key`. */
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

  /** The configuration of the one thread at `place` with this one around it. */
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

  /** What ended may have to be refused once its text is known. */
  get isDoubtful(): boolean {
    return (
      this.hasPending &&
      this.places.some((place) => place.kind === "pending" && (place as PendingPlace).isDoubtful)
    );
  }

  /** What may follow depends on a text that ended before. */
  get isVague(): boolean {
    this.vague ??= this.places.some((place) => place.isVague === true);
    return this.vague;
  }

  /** `byte` ends the number that stands here, and it depends on the number whether it may follow. */
  endsVaguely(byte: number): boolean {
    if (!this.hasNumber || isNumberByte(byte)) return false;
    const ended = this.endNumber();
    return ended !== undefined && (ended.isVague || ended.isDoubtful);
  }

  /** Without the text of what ended: good for masks, which depend on it only through what the walk takes care of itself. */
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

  /** The number that stands here has ended: what may follow it. Undefined where it may not end. */
  endNumber(): Configuration | undefined {
    const sink = new Sink();
    for (let i = 0; i < this.places.length; i++) {
      const place = this.places[i];
      if (place.kind === "number" && (place as NumberPlace).mayEnd) sink.addAll(this.outers[i]);
    }
    return sink.places.length === 0 ? undefined : this.interner.of(sink);
  }

  /** The bytes other than white space that may follow. Not inside strings. */
  get bytes(): readonly number[] {
    if (this.byteList === undefined) {
      const bytes = new ByteSet();
      for (let i = 0; i < this.places.length; i++) this.places[i].pushBytes(bytes, this.outers[i]);
      this.byteList = bytes.list();
    }
    return this.byteList;
  }

  /** The document may end here. */
  get canEnd(): boolean {
    if (this.ending === undefined) {
      this.ending = this.places.some(
        (place, i) =>
          place.kind === "end" || ((place as Partial<NumberPlace>).mayEnd === true && this.outers[i].canEnd),
      );
    }
    return this.ending;
  }

  /** The way to the end leads through the end of a key or an item whose text decides on what comes after it. */
  get closingNeedsText(): boolean {
    this.needsText ??=
      this.places.some((place) => place.closingNeedsText === true) ||
      this.outers.some((outer) => outer.closingNeedsText);
    return this.needsText;
  }

  /** That text is compared with values that it may not equal, whole objects and arrays among them. */
  get closingIsCompared(): boolean {
    this.compared ??=
      this.places.some((place) => place.closingIsCompared === true) ||
      this.outers.some((outer) => outer.closingIsCompared);
    return this.compared;
  }

  /** A short way from here to the end of the document; where the text of an item decides on it, a guess. */
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
 * Makes equal configurations one object. Bounded: past `LIMIT` entries the table is dropped; whoever still holds a
 * configuration keeps it, and equal ones made later are merely not shared with it.
 */
export class ConfigurationInterner {
  private configurations = new Map<string, Configuration>();
  private nextId = 1;
  readonly empty: Configuration;
  /** Counts what following the grammar costs. */
  readonly fuel: Fuel;

  constructor(fuel: Fuel) {
    this.fuel = fuel;
    this.empty = new Configuration(this, 0, [], []);
  }

  /** Configurations made so far. */
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
      // Copies without the room that lists being filled have to grow.
      configuration = this.make(places.slice(), outers.slice());
      this.configurations.set(key, configuration);
    }
    return configuration;
  }
}

const LIMIT = 50_000;
/** Of one place and one byte, as a count of elementary steps. */
const STEP_WORK = 8;
/** What a configuration takes with its successors, and each thread of it. Measured. */
const CONFIGURATION_BYTES = 400;
const THREAD_BYTES = 100;
