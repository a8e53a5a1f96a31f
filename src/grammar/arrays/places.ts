import type { ByteSet } from "../byteSet.js";
import { type Binary, canonical } from "../bytes.js";
import {
  type Configuration,
  isWhitespace,
  newPlaceId,
  type PendingPlace,
  type Place,
  type Sink,
} from "../configuration.js";
import { Rope } from "../rope.js";
import type { ArrayFrame, ArrayPhase, ItemWay } from "./frame.js";

// Places inside arrays, interned in their frames.

const COMMA = 0x2c;

/** After `[`, after an item, or after a comma. */
export class ArrayPlace implements Place {
  readonly id = newPlaceId();
  readonly kind = "structure";
  private readonly frame: ArrayFrame;
  private readonly phase: ArrayPhase;

  constructor(frame: ArrayFrame, phase: ArrayPhase) {
    this.frame = frame;
    this.phase = phase;
  }

  get isVague(): boolean {
    return this.phase === "next" && this.frame.isPartial && !this.frame.hasFreeItems;
  }

  step(byte: number, outer: Configuration, sink: Sink): void {
    const { frame, phase } = this;
    if (isWhitespace(byte)) sink.add(this, outer);
    else if (byte === 0x5d) {
      if (phase !== "next" && frame.mayEnd) sink.addAll(outer);
    } else if (phase === "after") {
      if (byte === COMMA && frame.ways.length > 0) sink.add(frame.at("next"), outer);
    } else {
      for (const way of frame.ways) {
        way.goal.place.step(byte, outer.around(afterItem(frame, way)), sink);
      }
    }
  }

  pushBytes(bytes: ByteSet, outer: Configuration): void {
    const { frame, phase } = this;
    if (phase !== "next" && frame.mayEnd) bytes.add(0x5d);
    if (phase === "after") {
      if (frame.ways.length > 0) bytes.add(COMMA);
    } else for (const way of frame.ways) way.goal.place.pushBytes(bytes, outer);
  }

  closing(): Rope | undefined {
    if (this.phase !== "next") return this.frame.closing(this.phase);
    let best: Rope | undefined;
    for (const way of this.frame.ways) {
      const item = way.goal.shortest;
      const rest = item === undefined ? undefined : this.frame.afterShortest(way)!.closing("after");
      if (rest !== undefined && (best === undefined || item!.length + rest.length < best.length))
        best = Rope.join(item!, rest);
    }
    return best;
  }
}

function afterItem(frame: ArrayFrame, way: ItemWay): Place {
  return frame.shape.description.remembers
    ? pendingItem(frame, way)
    : frame.after(way, undefined).at("after");
}

function pendingItem(frame: ArrayFrame, way: ItemWay): PendingItem {
  way.place ??= new PendingItem(frame, way);
  return way.place as PendingItem;
}

/** After an item that must differ from those before it. */
class PendingItem implements PendingPlace {
  readonly id = newPlaceId();
  readonly kind = "pending";
  readonly waitsFor = "item";
  /** Most of the earlier values are excluded while the item is written; the rest can only be compared when it is complete. */
  readonly isDoubtful: boolean;
  private readonly frame: ArrayFrame;
  private readonly way: ItemWay;

  constructor(frame: ArrayFrame, way: ItemWay) {
    this.frame = frame;
    this.way = way;
    const { description } = frame.shape;
    this.isDoubtful = description.unique && (frame.isPartial || !description.rulesOut(frame.seen));
  }

  get isVague(): boolean {
    return !this.frame.hasManyAfter;
  }

  /** Required later items depend on this one; if there are none, the array ends after it. */
  get closingNeedsText(): boolean {
    return this.isDoubtful || !this.frame.after(this.way, undefined).mayEnd;
  }

  get closingIsCompared(): boolean {
    return this.isDoubtful;
  }

  step(): void {}
  pushBytes(): void {}

  resolve(text: Binary | undefined, outer: Configuration, sink: Sink): void {
    if (text === undefined) sink.add(this.frame.after(this.way, undefined).at("after"), outer);
    else {
      const spelled = canonical(text);
      if (this.frame.shape.description.unique && this.frame.seen.includes(spelled)) return;
      const next = this.frame.after(this.way, spelled);
      if (next.isViable) sink.add(next.at("after"), outer);
    }
  }

  closing(): Rope | undefined {
    return this.frame.after(this.way, undefined).closing("after");
  }
}
