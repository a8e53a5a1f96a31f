import { type Decimal, decimalDigits, decimalKey, magnitudeOrder, plainText, reduce } from "./decimal.js";

/** Maximum number of texts with the same prefix that are compared for a short one. */
const MAX_COMPARED = 64;

interface Digits {
  readonly digits: string;
  readonly power: number;
}

/** Maximum number of values of a set that is known by its values. */
const MAX_NAMED = 64;
let sets = 0;

/** A finite set of numbers, looked up by prefixes of their texts. */
export class ListedNumbers {
  /** In plain notation, sorted. */
  private readonly texts: readonly string[];
  private readonly keys: ReadonlySet<string>;
  /** The digits of each without leading and trailing zeros, sorted, with the power of ten of the first digit. */
  private sortedDigits: readonly Digits[] | undefined;
  private readonly values: readonly Decimal[];
  /** The ends of the rows that have been followed, by where they began. */
  private readonly rows = new Map<string, bigint>();
  /** Maximum number of digits after the decimal point, and before it. */
  readonly places: number;
  readonly order: number;
  /** Differs from that of any set with other values. */
  readonly key: string;

  constructor(values: readonly Decimal[]) {
    this.texts = values.map(plainText).sort();
    this.keys = new Set(values.map(decimalKey));
    this.places = values.reduce((most, { exponent }) => Math.max(most, -exponent), 0);
    this.order = values.reduce((most, value) => Math.max(most, magnitudeOrder(value)), 0);
    this.key = values.length > MAX_NAMED ? `#${sets++}` : [...this.keys].join();
    this.values = values;
  }

  private get digits(): readonly Digits[] {
    this.sortedDigits ??= this.values
      .filter(({ coefficient }) => coefficient !== 0n)
      .map((value) => ({ digits: decimalDigits(value), power: magnitudeOrder(value) - 1 }))
      .sort((a, b) => (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : a.power - b.power));
    return this.sortedDigits;
  }

  get size(): number {
    return this.texts.length;
  }

  /** The first of n, n + step, n + 2 * step, ... that is not in the set, times 10 ** -places. */
  behind(n: bigint, step: bigint, places: number): bigint {
    if (!this.has(reduce(n, -places))) return n;
    const key = `${n},${step},${places}`;
    let end = this.rows.get(key);
    if (end === undefined) {
      for (end = n + step; this.has(reduce(end, -places)); ) end += step;
      this.rows.set(key, end);
    }
    return end;
  }

  /** Whether it has numbers of this sign, or zero. */
  reaches(negative: boolean): boolean {
    return this.values.some(({ coefficient }) => (negative ? coefficient <= 0n : coefficient >= 0n));
  }

  has(value: Decimal): boolean {
    return this.keys.has(decimalKey(value));
  }

  /** A short text that starts with `prefix`; undefined if there is none. */
  beginningWith(prefix: string): string | undefined {
    const { texts } = this;
    const from = firstAt(texts.length, (i) => texts[i] >= prefix);
    let best: string | undefined;
    for (let i = from; i < from + MAX_COMPARED && i < texts.length && texts[i].startsWith(prefix); i++)
      if (best === undefined || texts[i].length < best.length) best = texts[i];
    return best;
  }

  /** A number with at most `most` digits that start with `digits`, ignoring trailing zeros. */
  withDigits(digits: string, most: number): Digits | undefined {
    const list = this.digits;
    const trimmed = digits.replace(/0+$/, "");
    for (let i = firstAt(list.length, (at) => list[at].digits >= trimmed); i < list.length; i++) {
      const own = list[i].digits;
      if (!own.startsWith(trimmed)) return undefined;
      if (own.length <= most && own.padEnd(digits.length, "0").startsWith(digits)) return list[i];
      // Longer numbers come after those with exactly these digits; only those that continue with the zeros count.
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
