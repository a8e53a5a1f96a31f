import { type Decimal, decimalDigits, decimalKey, magnitudeOrder, plainText } from "./decimal.js";

/** Texts looked at for a short one among those that begin alike. */
const MAX_COMPARED = 64;

/** The numbers of one sign where they are finite in number, by magnitude: found by how their texts begin. */
export class ListedNumbers {
  /** In plain notation, sorted. */
  private readonly texts: readonly string[];
  private readonly keys: ReadonlySet<string>;
  /** The digits of each without zeros at the ends, sorted, and the power of ten of the first of them. */
  private readonly digits: readonly { readonly digits: string; readonly power: number }[];
  /** Most digits that one has behind the point. */
  readonly places: number;

  constructor(values: readonly Decimal[]) {
    this.texts = values.map(plainText).sort();
    this.keys = new Set(values.map(decimalKey));
    this.places = this.texts.reduce((most, text) => {
      const point = text.indexOf(".");
      return point < 0 ? most : Math.max(most, text.length - point - 1);
    }, 0);
    this.digits = values
      .filter(({ coefficient }) => coefficient !== 0n)
      .map((value) => ({ digits: decimalDigits(value), power: magnitudeOrder(value) - 1 }))
      .sort((a, b) => (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : a.power - b.power));
  }

  has(value: Decimal): boolean {
    return this.keys.has(decimalKey(value));
  }

  /** A short text that begins with `prefix`; undefined where there is none. */
  beginningWith(prefix: string): string | undefined {
    const { texts } = this;
    const from = firstAt(texts.length, (i) => texts[i] >= prefix);
    let best: string | undefined;
    for (let i = from; i < from + MAX_COMPARED && i < texts.length && texts[i].startsWith(prefix); i++)
      if (best === undefined || texts[i].length < best.length) best = texts[i];
    return best;
  }

  /** A number whose digits begin with `digits`, zeros at their end not counted, and are no more than `most`. */
  withDigits(digits: string, most: number): { digits: string; power: number } | undefined {
    const list = this.digits;
    const trimmed = digits.replace(/0+$/, "");
    for (let i = firstAt(list.length, (at) => list[at].digits >= trimmed); i < list.length; i++) {
      const own = list[i].digits;
      if (!own.startsWith(trimmed)) return undefined;
      if (own.length <= most && own.padEnd(digits.length, "0").startsWith(digits)) return list[i];
      // Behind those with these digits alone come the longer ones: of them only such as go on with the zeros.
      if (own === trimmed && digits !== trimmed)
        i = firstAt(list.length, (at) => list[at].digits >= digits) - 1;
    }
    return undefined;
  }
}

/** The first of `count` indices for which `isPast` holds; it holds for all after it. */
function firstAt(count: number, isPast: (index: number) => boolean): number {
  let low = 0;
  for (let high = count; low < high; ) {
    const middle = (low + high) >>> 1;
    if (isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
