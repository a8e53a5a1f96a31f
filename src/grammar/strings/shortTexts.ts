import type { Binary } from "../bytes.js";
import type { Content } from "../content/content.js";
import type { Fuel } from "../fuel.js";
import type { LiteralSpan } from "../values/literals.js";
import type { StringMachine } from "./machine.js";

/** A text of a machine, including the closing quote, and the label of its end. */
export interface LabelledText {
  readonly text: Binary;
  readonly label: number;
}

/** Approximate cost of one state of the search, in elementary steps. */
const STATE_WORK = 300;
/** Approximate memory of an incomplete text in the queue, in bytes. */
const WAITING_BYTES = 64;

/**
 * Different texts from the state `from`, short ones first. At most `ways` paths to a state are followed: a search for a text
 * besides that many others succeeds on one of them. Bytes are tried in the order of `order`; `looked` counts the visited
 * states.
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

/** A short text from `from` that is not the rest of an excluded text; undefined if there is none. */
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

/** Up to `most` short texts of the machine that are not in `taken`. */
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

/** A short text of the machine that ends with `label` and is not in `taken`. */
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

/** The first text of each label, which is tried first whatever is taken, and the number of states visited for it. */
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

/** Limits on the texts counted, and on the characters beyond the minimum length. */
const MAX_TEXTS = 5000;
const MAX_LONGER = 24;

/** A lower bound of the number of texts within the content and the length bounds: counts ASCII texts, up to a limit. */
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

/** Letters first, so that generated keys are readable. */
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
