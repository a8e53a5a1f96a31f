import type { ByteSet } from "../byteSet.js";
import type { Binary } from "../bytes.js";
import { type Configuration, newPlaceId, type Place, Sink } from "../configuration.js";
import { Rope } from "../rope.js";
import { INSIDE, type TextMachine } from "./textMachine.js";

/** A part of an answer: what may be read from its start, with `outer` following it. */
export interface Segment {
  begin(outer: Configuration): Configuration;
}

/** The answer is complete and nothing may follow; unlike after a JSON document, not even white space. */
export const FINISH: Place & { readonly mayEnd: true } = {
  id: newPlaceId(),
  kind: "string",
  mayEnd: true,
  step() {},
  pushBytes() {},
  closing: () => Rope.EMPTY,
};

/** Text outside of JSON. `follow`, called when an end is reached, returns what follows the end with that label. */
export class TextSegment implements Segment {
  readonly machine: TextMachine;
  /** Whether a control token with the end of this text may replace it. */
  readonly isTag: boolean;
  /** Number of tokens after which the text is closed with its shortest rest. */
  readonly maxTokens: number | undefined;
  private readonly follow: (label: number, outer: Configuration) => Configuration;
  private readonly places: (SegmentPlace | undefined)[] = [];

  constructor(
    machine: TextMachine,
    settings: {
      isTag?: boolean;
      maxTokens?: number;
      follow?: (label: number, outer: Configuration) => Configuration;
    } = {},
  ) {
    this.machine = machine;
    this.isTag = settings.isTag ?? false;
    this.maxTokens = settings.maxTokens;
    this.follow = settings.follow ?? ((_label, outer) => outer);
  }

  begin(outer: Configuration): Configuration {
    const { start } = this.machine.automaton;
    if (this.machine.exits[start] !== INSIDE) return this.after(this.machine.exits[start], outer);
    const sink = new Sink();
    this.enter(start, outer, sink);
    return outer.interner.of(sink);
  }

  /** What follows the end with that label. */
  after(label: number, outer: Configuration): Configuration {
    return this.follow(label, outer);
  }

  /** Adds the threads of a state that the text has reached. */
  enter(state: number, outer: Configuration, sink: Sink): void {
    const label = this.machine.exits[state];
    if (label !== INSIDE) {
      sink.addAll(this.follow(label, outer));
      return;
    }
    let place = this.places[state];
    if (place === undefined) this.places[state] = place = new SegmentPlace(this, state);
    sink.add(place, outer);
    if (this.machine.mayStop(state)) sink.addAll(outer);
  }
}

/** A place inside text that is not JSON. Masks read these parts directly. */
export class SegmentPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly segment: TextSegment;
  readonly state: number;
  /** What is left when the text has used up its tokens. */
  closed: TextSegment | undefined;

  constructor(segment: TextSegment, state: number) {
    this.segment = segment;
    this.state = state;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const target = this.segment.machine.automaton.step(this.state, byte);
    if (target !== 0) this.segment.enter(target, outer, sink);
  }

  pushBytes(bytes: ByteSet): void {
    const { automaton } = this.segment.machine;
    for (let byte = 0; byte < 256; byte++) if (automaton.step(this.state, byte) !== 0) bytes.add(byte);
  }

  closing(): Rope {
    return Rope.of(this.segment.machine.closing(this.state));
  }
}

export function isSegmentPlace(place: Place): place is SegmentPlace {
  return "segment" in place;
}

/**
 * Outside of JSON, before what `expand` returns, which is called when it is reached, so that a part can follow itself. Masks read
 * these parts directly. `shortest`: a short path to what follows.
 */
export class LazyPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "string";
  readonly expand: (outer: Configuration) => Configuration;
  private readonly shortest: Rope;

  constructor(expand: (outer: Configuration) => Configuration, shortest: Binary) {
    this.expand = expand;
    this.shortest = Rope.of(shortest);
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const next = this.expand(outer).step(byte);
    if (next !== undefined) sink.addAll(next);
  }

  pushBytes(bytes: ByteSet, outer: Configuration): void {
    for (const byte of this.expand(outer).bytes) bytes.add(byte);
  }

  closing(): Rope {
    return this.shortest;
  }
}

export function isLazyPlace(place: Place): place is LazyPlace {
  return "expand" in place;
}

/**
 * A JSON document, or a tagged part instead. Their first bytes must differ. White space may only precede the document.
 */
export class DocumentOrPart implements Segment {
  private readonly place: Place;

  constructor(document: Place, part: Segment) {
    this.place = {
      id: newPlaceId(),
      kind: "structure",
      step(byte, outer, sink) {
        document.step(byte, outer, sink);
        const opened = part.begin(outer).step(byte);
        if (opened !== undefined) sink.addAll(opened);
      },
      pushBytes(bytes, outer) {
        document.pushBytes(bytes, outer);
        for (const byte of part.begin(outer).bytes) bytes.add(byte);
      },
      closing: (fuel) => document.closing(fuel),
    };
  }

  begin(outer: Configuration): Configuration {
    return outer.around(this.place);
  }
}
