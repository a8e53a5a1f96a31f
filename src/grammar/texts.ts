import type { Binary } from "./bytes.js";
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
