import type { Binary } from "../bytes.js";
import type { Goal } from "../goal.js";
import { Rope } from "../rope.js";
import { keysBeside, textWithLabel } from "../strings/shortTexts.js";
import type { ValueChoice } from "../values/excludedComposites.js";
import type { ObjectFrame } from "./frame.js";

// Endings of an object. Finding the shortest would mean trying every set of keys. Instead, the next key is the first one that makes
// progress towards the end and works.

/** After a value: the remaining required members, preceded by a comma, and the closing brace. */
export function closingOf(frame: ObjectFrame): Rope | undefined {
  if (frame.mayEnd) return BRACE;
  const way = neededKey(frame);
  return way === undefined ? undefined : Rope.join(",", way);
}

const BRACE = Rope.of("}");

/**
 * The frame after the next required property, in simple cases: endings of long objects are searched from their end.
 */
export function nextFrame(frame: ObjectFrame): ObjectFrame | undefined {
  const { shape } = frame;
  if (frame.mayEnd || !frame.exclusions.isEmpty) return undefined;
  const { ordered, late, some } = shape.description;
  for (let i = frame.position; i < shape.requiredEnd; i++)
    if (ordered[i].required) return frame.takeEntry(i, ordered[i].someBits & some.all & ~frame.satisfied);
  for (let i = 0; i < late.length; i++) {
    if (late[i].required && ((frame.late >> BigInt(i)) & 1n) === 0n)
      return frame.takeEntry(ordered.length + i, late[i].someBits & some.all & ~frame.satisfied);
  }
  return undefined;
}

/** After a comma: a key has to follow, required or not. */
export function oneMoreKey(frame: ObjectFrame): Rope | undefined {
  if (!frame.mayEnd) {
    const text = neededKey(frame);
    if (text !== undefined) return text;
  }
  let best: Rope | undefined;
  for (const entry of frame.candidates()) {
    const text = takeEntry(frame, entry, 0);
    if (text !== undefined && (best === undefined || text.length < best.length)) best = text;
  }
  return best ?? takeExtra(frame, () => 0, false);
}

function neededKey(frame: ObjectFrame): Rope | undefined {
  const { ordered, late, some, minProperties, maxProperties } = frame.shape.description;
  if (frame.count >= maxProperties) return undefined;
  const open = some.all & ~frame.satisfied;
  const isTaken = (i: number) => ((frame.late >> BigInt(i)) & 1n) === 1n;
  const lateMayCome = frame.position >= frame.shape.requiredEnd;
  if (open !== 0) {
    for (let i = frame.position; i < ordered.length; i++) {
      const bits = ordered[i].someBits & open;
      const text = bits === 0 ? undefined : takeEntry(frame, i, bits);
      if (text !== undefined) return text;
      if (ordered[i].required) break;
    }
    for (let i = 0; lateMayCome && i < late.length; i++) {
      const bits = isTaken(i) ? 0 : late[i].someBits & open;
      const text = bits === 0 ? undefined : takeEntry(frame, ordered.length + i, bits);
      if (text !== undefined) return text;
    }
    const text = takeExtra(frame, (someBits) => someBits & open, true);
    if (text !== undefined) return text;
  }
  const mustDiffer = !frame.exclusions.isEmpty;
  // An optional key that the next required one would leave behind may be needed.
  const needsMore = mustDiffer || frame.count < minProperties;
  for (let i = frame.position; i < frame.shape.requiredEnd; i++) {
    if (!ordered[i].required) continue;
    const text = takeEntry(frame, i, 0);
    if (text !== undefined || !needsMore) return text;
    break;
  }
  for (let i = 0; lateMayCome && i < late.length; i++) {
    if (!late[i].required || isTaken(i)) continue;
    const text = takeEntry(frame, ordered.length + i, 0);
    if (text !== undefined || !needsMore) return text;
    break;
  }
  // One more key makes the object large enough, or differ from the excluded values.
  if (!needsMore) return undefined;
  for (let i = frame.position; i < ordered.length; i++) {
    const text = takeEntry(frame, i, 0);
    if (text !== undefined) return text;
    if (ordered[i].required) break;
  }
  for (let i = 0; lateMayCome && i < late.length; i++) {
    const text = isTaken(i) ? undefined : takeEntry(frame, ordered.length + i, 0);
    if (text !== undefined) return text;
  }
  return takeExtra(frame, () => 0, false);
}

/** The entry, counted for `bits` or a part of them (for none if `bits` is 0), its value and the rest. */
function takeEntry(frame: ObjectFrame, index: number, bits: number): Rope | undefined {
  const property = frame.entry(index);
  return take(
    frame,
    property.spelled,
    (counted, choice) => property.goal(counted, choice),
    (counted) => frame.takeEntry(index, counted),
    bits,
  );
}

/** An extra key of the label that counts for most; with `mustCount`, not of a label for which `bitsOf` returns 0. */
function takeExtra(
  frame: ObjectFrame,
  bitsOf: (someBits: number) => number,
  mustCount: boolean,
): Rope | undefined {
  const { extra } = frame.shape.description;
  if (extra === undefined || extra.machine.isEmpty || frame.position < frame.shape.requiredEnd)
    return undefined;
  const labels = Array.from({ length: extra.labelCount }, (_, label) => ({
    label,
    bits: bitsOf(extra.someBits(label)),
  }));
  labels.sort((a, b) => countBits(b.bits) - countBits(a.bits));
  const many = mustCount ? undefined : manyExtras(frame);
  if (many !== undefined) return many;
  const taken = new Set(frame.taken.texts);
  for (const { label, bits } of labels) {
    if (mustCount && bits === 0) break;
    const spelled = textWithLabel(extra.machine, label, taken, frame.shape.search.fuel);
    if (spelled === undefined) continue;
    const text = take(
      frame,
      spelled,
      (counted, choice) => extra.goal(label, counted, choice),
      (counted) => frame.takeExtra(spelled, counted),
      bits,
    );
    if (text !== undefined) return text;
  }
  return undefined;
}

/**
 * If only the number of keys is insufficient: the missing extra keys, without a frame for each. Undefined in more complicated
 * cases.
 */
function manyExtras(frame: ObjectFrame): Rope | undefined {
  const { shape, count, satisfied, exclusions } = frame;
  const { extra, late, minProperties, maxProperties, ordered, some } = shape.description;
  const { fuel } = shape.search;
  const missing = minProperties - count;
  if (missing < 2 || minProperties > maxProperties || satisfied !== some.all || !exclusions.isEmpty)
    return undefined;
  for (let i = 0; i < late.length; i++)
    if (late[i].required && ((frame.late >> BigInt(i)) & 1n) === 0n) return undefined;
  // Optional named keys are ignored here: `neededKey` has tried them before.
  if (frame.position < ordered.length && ordered.slice(frame.position).some(({ goal }) => goal(0).isPossible))
    return undefined;
  const values = Array.from({ length: extra!.labelCount }, (_, label) => extra!.goal(label, 0).shortest);
  const parts: Rope[] = [];
  const keys = keysBeside(extra!.machine, new Set(frame.taken.texts), missing + KEYS_WITHOUT_VALUE, fuel);
  for (const { text, label } of keys) {
    const value = values[label];
    if (value === undefined) continue;
    fuel.hold(KEY_BYTES + text.length);
    parts.push(Rope.join(`"${text}:`, value));
    if (parts.length === missing) break;
  }
  if (parts.length < missing) return undefined;
  let way = BRACE;
  for (let i = parts.length - 1; i >= 0; i--)
    way = i === 0 ? Rope.join(parts[i], way) : Rope.join(",", parts[i], way);
  return way;
}

/** Maximum number of keys skipped because no value can follow them. */
const KEYS_WITHOUT_VALUE = 256;
/** Approximate memory of a key in an ending, in bytes. */
const KEY_BYTES = 300;

function take(
  frame: ObjectFrame,
  spelled: Binary,
  goalOf: (bits: number, choice: ValueChoice | undefined) => Goal,
  next: (bits: number) => ObjectFrame,
  bits: number,
): Rope | undefined {
  for (const counted of frame.shape.description.some.countings(bits)) {
    // A key that counts for nothing would make no progress.
    if (counted === 0 && bits !== 0) continue;
    for (const { choice, exclusions } of frame.exclusions.ways(spelled)) {
      const rest = next(counted).beside(exclusions).closing("after");
      const value = rest === undefined ? undefined : goalOf(counted, choice).shortest;
      if (value !== undefined) return Rope.join(`"${spelled}:`, value, rest!);
    }
  }
  return undefined;
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
