import type { Binary } from "./bytes.js";
import type { Content } from "./content.js";
import type { StringMachine } from "./stringMachine.js";

/** Breadth-first over the machine's texts until one is not among `taken`. */
export function otherText(
  machine: StringMachine,
  taken: ReadonlySet<Binary>,
  from = machine.start,
  read = "",
): Binary | undefined {
  let layer: [number, Binary][] = [[from, ""]];
  const bytes = Array.from({ length: 256 }, (_, i) => i);
  const order = [0x22, 0x61, 0x62, ...bytes.filter((b) => b !== 0x22 && b !== 0x61 && b !== 0x62)];
  for (let rounds = 0; rounds < 64 && layer.length > 0; rounds++) {
    const next: [number, Binary][] = [];
    for (const [state, text] of layer) {
      for (const byte of order) {
        const target = machine.step(state, byte);
        if (target === 0) continue;
        const longer = text + String.fromCharCode(byte);
        if (target < 0) {
          if (!taken.has(read + longer)) return longer;
        } else if (next.length <= taken.size * 2 + 8) next.push([target, longer]);
      }
    }
    layer = next;
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

/** A short text of the machine that ends with `label` and is not among `taken`. */
export function textWithLabel(
  machine: StringMachine,
  label: number,
  taken: ReadonlySet<Binary>,
): Binary | undefined {
  const seen = new Set([machine.start]);
  let layer: [number, Binary][] = [[machine.start, ""]];
  for (let rounds = 0; rounds < 256 && layer.length > 0; rounds++) {
    const next: [number, Binary][] = [];
    for (const [state, text] of layer) {
      for (const byte of KEY_BYTES) {
        const target = machine.step(state, byte);
        if (target === 0) continue;
        const longer = text + String.fromCharCode(byte);
        if (target < 0) {
          if (-2 - target === label && !taken.has(longer)) return longer;
        } else if (!seen.has(target) || (taken.size > 0 && next.length <= taken.size * 2 + 8)) {
          seen.add(target);
          next.push([target, longer]);
        }
      }
    }
    layer = next;
  }
  return undefined;
}

/** Letters first, so that made-up keys read well. */
const KEY_BYTES: readonly number[] = (() => {
  const first = [...'"abcdefghijklmnopqrstuvwxyz0123456789_-'].map((c) => c.charCodeAt(0));
  return [
    ...first,
    ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !first.includes(byte)),
  ];
})();
