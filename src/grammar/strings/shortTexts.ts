import type { Binary } from "../bytes.js";
import type { Content } from "../content/content.js";
import type { StringMachine } from "./machine.js";

/**
 * A short text from `from` on that, behind `read`, is not among `taken`; undefined where there is none. Breadth first;
 * more ways to one state than there are texts taken tell nothing new: one of them ends in another text.
 */
export function otherText(
  machine: StringMachine,
  taken: ReadonlySet<Binary>,
  from = machine.start,
  read = "",
): Binary | undefined {
  return find(machine, from, (text) => !taken.has(read + text), taken.size, BYTES);
}

/** A short text of the machine that ends with `label` and is not among `taken`. */
export function textWithLabel(
  machine: StringMachine,
  label: number,
  taken: ReadonlySet<Binary>,
): Binary | undefined {
  const fits = (text: Binary, own: number) => own === label && !taken.has(text);
  return find(machine, machine.start, fits, taken.size, KEY_BYTES);
}

function find(
  machine: StringMachine,
  from: number,
  fits: (text: Binary, label: number) => boolean,
  taken: number,
  order: readonly number[],
): Binary | undefined {
  const ways = new Map<number, number>();
  const states = [from];
  const texts: Binary[] = [""];
  for (let at = 0; at < states.length; at++) {
    for (let i = 0; i < order.length; i++) {
      const target = machine.step(states[at], order[i]);
      if (target === 0) continue;
      if (target < 0) {
        const text = texts[at] + String.fromCharCode(order[i]);
        if (fits(text, -2 - target)) return text;
        continue;
      }
      const known = ways.get(target) ?? 0;
      if (known > taken) continue;
      ways.set(target, known + 1);
      states.push(target);
      texts.push(texts[at] + String.fromCharCode(order[i]));
    }
  }
  return undefined;
}

/** Texts counted, and characters beyond the least length that are looked at. */
const MOST_TEXTS = 5000;
const MOST_LONGER = 24;

/** A number of texts that surely have a length in the bounds and are in the content: of those in ASCII, up to a limit. */
export function countTexts(content: Content, minLength: number, maxLength: number): number {
  const { start, stateCount, classOf, classCount, next, label } = content;
  if (content.isUniversal) return maxLength === 0 ? 1 : MOST_TEXTS;
  if (minLength > 256) return 0;
  const bytesOfClass = new Uint16Array(classCount);
  for (let byte = 0x20; byte < 0x7f; byte++) bytesOfClass[classOf[byte]]++;
  let counts = new Float64Array(stateCount);
  counts[start] = 1;
  let total = 0;
  const most = Math.min(maxLength, minLength + MOST_LONGER);
  for (let length = 0; ; length++) {
    if (length >= minLength)
      for (let state = 1; state < stateCount; state++) if (label[state] >= 0) total += counts[state];
    if (length === most || total >= MOST_TEXTS) return Math.min(total, MOST_TEXTS);
    const longer = new Float64Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      if (counts[state] === 0) continue;
      for (let c = 0; c < classCount; c++) {
        const target = next[state * classCount + c];
        if (target !== 0)
          longer[target] = Math.min(MOST_TEXTS, longer[target] + counts[state] * bytesOfClass[c]);
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
