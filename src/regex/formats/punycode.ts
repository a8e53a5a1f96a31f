/** Punycode (RFC 3492): the ASCII form of a label, without its `xn--`. */

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;

/** `label` encoded; ASCII letters keep their case. */
export function encodePunycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0)!);
  const basic = points.filter((point) => point < 0x80);
  let output = String.fromCharCode(...basic) + (basic.length > 0 ? "-" : "");
  let handled = basic.length;
  let bias = 72;
  let delta = 0;
  let last = 0x80;
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= last));
    delta += (next - last) * (handled + 1);
    last = next;
    for (const point of points) {
      if (point < last) delta++;
      if (point !== last) continue;
      output += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    last++;
  }
  return output;
}

/** Decodes `encoded`; undefined if it is malformed. */
export function decodePunycode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf("-");
  const output = Array.from(encoded.slice(0, Math.max(delimiter, 0)), (character) => character.charCodeAt(0));
  let bias = 72;
  let point = 0x80;
  let index = 0;
  let first = true;
  for (let at = delimiter + 1; at < encoded.length; ) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = at < encoded.length ? Number.parseInt(encoded[at++], BASE) : Number.NaN;
      if (Number.isNaN(digit)) return undefined;
      // Letters are 0 to 25, digits 26 to 35, unlike parseInt.
      const value = digit < 10 ? digit + 26 : digit - 10;
      index += value * weight;
      const threshold = thresholdAt(k, bias);
      if (value < threshold) break;
      weight *= BASE - threshold;
      if (index > 0xffffffff || weight > 0xffffffff) return undefined;
    }
    bias = adapt(index - before, output.length + 1, first);
    first = false;
    point += Math.floor(index / (output.length + 1));
    index %= output.length + 1;
    if (point > 0x10ffff) return undefined;
    output.splice(index++, 0, point);
  }
  return String.fromCodePoint(...output);
}

function variableLength(delta: number, bias: number): string {
  let digits = "";
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const threshold = thresholdAt(k, bias);
    if (rest < threshold) return digits + digitOf(rest);
    digits += digitOf(threshold + ((rest - threshold) % (BASE - threshold)));
    rest = Math.floor((rest - threshold) / (BASE - threshold));
  }
}

function digitOf(value: number): string {
  return String.fromCharCode(value < 26 ? 0x61 + value : 0x30 + value - 26);
}

function thresholdAt(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, T_MIN), T_MAX);
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : Math.floor(delta / 2);
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
