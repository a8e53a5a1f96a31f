import type { Binary } from "../bytes.js";
import type { Content } from "../content/content.js";
import type { Fuel } from "../fuel.js";
import type { LiteralSpan } from "../values/literals.js";
import type { StringMachine } from "./machine.js";

/** A text of a machine, its closing quote included, and the label it ends with. */
export interface LabelledText {
  readonly text: Binary;
  readonly label: number;
}

/** Of one state of the search, in elementary steps, about. */
const STATE_WORK = 300;
/** What a text that may still go on takes while it waits, in bytes, about. */
const WAITING_BYTES = 64;

/**
 * Texts from the state `from` on, short ones first; all different. More than `ways` ways to one state are not followed:
 * who looks for a text beside so many others finds it on one of those. Bytes are tried in the order of `order`; `looked`
 * counts the states that were gone through.
 */
function* textsFrom(
  machine: StringMachine,
  from: number,
  ways: number,
  order: readonly number[],
  fuel: Fuel | undefined,
  looked?: { states: number },
): Generator<LabelledText, void, undefined> {
  const seen = new Map<number, number>();
  const states = [from];
  const texts: Binary[] = [""];
  try {
    for (let at = 0; at < states.length; at++) {
      fuel?.spend(STATE_WORK);
      if (looked !== undefined) looked.states++;
      for (let i = 0; i < order.length; i++) {
        const target = machine.step(states[at], order[i]);
        if (target === 0) continue;
        const text = texts[at] + String.fromCharCode(order[i]);
        if (target < 0) {
          yield { text, label: -2 - target };
          continue;
        }
        const known = seen.get(target) ?? 0;
        if (known > ways) continue;
        fuel?.hold(WAITING_BYTES);
        seen.set(target, known + 1);
        states.push(target);
        texts.push(text);
      }
      texts[at] = "";
    }
  } finally {
    fuel?.release(WAITING_BYTES * (states.length - 1));
  }
}

/** A short text from `from` on that is not among the rests of `excluded`; undefined where there is none. */
export function otherText(
  machine: StringMachine,
  excluded: LiteralSpan,
  from = machine.start,
  fuel?: Fuel,
): Binary | undefined {
  const taken = new Set<Binary>();
  for (let i = excluded.from; i < excluded.to; i++) taken.add(excluded.list.texts[i].slice(excluded.depth));
  for (const { text } of textsFrom(machine, from, taken.size, BYTES, fuel)) if (!taken.has(text)) return text;
  return undefined;
}

/** Short texts of the machine that are not among `taken`, up to `most` of them. */
export function* keysBeside(
  machine: StringMachine,
  taken: ReadonlySet<Binary>,
  most: number,
  fuel: Fuel,
): Generator<LabelledText, void, undefined> {
  let found = 0;
  for (const key of textsFrom(machine, machine.start, taken.size + most, KEY_BYTES, fuel)) {
    if (taken.has(key.text)) continue;
    yield key;
    if (++found === most) return;
  }
}

/** A short text of the machine that ends with `label` and is not among `taken`. */
export function textWithLabel(
  machine: StringMachine,
  label: number,
  taken: ReadonlySet<Binary>,
  fuel?: Fuel,
): Binary | undefined {
  const first = firstText(machine, label, fuel);
  if (first === undefined || !taken.has(first)) return first;
  for (const key of textsFrom(machine, machine.start, taken.size, KEY_BYTES, fuel))
    if (key.label === label && !taken.has(key.text)) return key.text;
  return undefined;
}

/** The first text of each label, and the states looked at for it: whatever is taken, it is the one that is tried first. */
const firstTexts = new WeakMap<StringMachine, ({ text: Binary | undefined; states: number } | undefined)[]>();

function firstText(machine: StringMachine, label: number, fuel: Fuel | undefined): Binary | undefined {
  let byLabel = firstTexts.get(machine);
  if (byLabel === undefined) firstTexts.set(machine, (byLabel = []));
  let found = byLabel[label];
  if (found !== undefined) {
    fuel?.spend(found.states * STATE_WORK);
    return found.text;
  }
  const seen = { states: 0 };
  let text: Binary | undefined;
  for (const key of textsFrom(machine, machine.start, 0, KEY_BYTES, fuel, seen)) {
    if (key.label !== label) continue;
    text = key.text;
    break;
  }
  byLabel[label] = found = { text, states: seen.states };
  return found.text;
}

/** Texts counted, and characters beyond the least length that are looked at. */
const MAX_TEXTS = 5000;
const MAX_LONGER = 24;

/** A number of texts that surely have a length in the bounds and are in the content: of those in ASCII, up to a limit. */
export function countTexts(content: Content, minLength: number, maxLength: number): number {
  const { start, stateCount, classOf, classCount, next, label } = content;
  if (content.isUniversal) return maxLength === 0 ? 1 : MAX_TEXTS;
  if (minLength > 256) return 0;
  const bytesOfClass = new Uint16Array(classCount);
  for (let byte = 0x20; byte < 0x7f; byte++) bytesOfClass[classOf[byte]]++;
  let counts = new Float64Array(stateCount);
  counts[start] = 1;
  let total = 0;
  const most = Math.min(maxLength, minLength + MAX_LONGER);
  for (let length = 0; ; length++) {
    if (length >= minLength)
      for (let state = 1; state < stateCount; state++) if (label[state] >= 0) total += counts[state];
    if (length === most || total >= MAX_TEXTS) return Math.min(total, MAX_TEXTS);
    const longer = new Float64Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      if (counts[state] === 0) continue;
      for (let c = 0; c < classCount; c++) {
        const target = next[state * classCount + c];
        if (target !== 0)
          longer[target] = Math.min(MAX_TEXTS, longer[target] + counts[state] * bytesOfClass[c]);
      }
    }
    counts = longer;
  }
}

/** Letters first, so that made-up keys read well. */
const KEY_BYTES: readonly number[] = (() => {
  const first = [...'"abcdefghijklmnopqrstuvwxyz0123456789_-'].map((c) => c.charCodeAt(0));
  return [
    ...first,
    ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !first.includes(byte)),
  ];
})();
const BYTES: readonly number[] = (() => {
  const first = [0x22, 0x61, 0x62];
  return [...first, ...KEY_BYTES.filter((byte) => !first.includes(byte))];
})();
