/** Most requirements of one object: they are bits of a number. */
export const MAX_SOME_REQUIREMENTS = 30;
/** Up to this many different requirements every way to count a key is followed separately. */
const MAX_DISTINGUISHED = 6;

/** Requirements of the form "some property of a class has such a value", a bit each. */
export class SomeRequirements {
  /** All of them. */
  readonly all: number;
  /** Any value meets these: a key of the class is counted without a choice. */
  private readonly free: number;
  /** The others, those that ask the same of a value together. */
  private readonly alike: readonly number[];
  private readonly known = new Map<number, readonly number[]>();

  /** `kinds`: for each requirement a number for what it asks of a value, -1 where any value meets it. */
  constructor(kinds: readonly number[]) {
    this.all = (1 << kinds.length) - 1;
    let free = 0;
    const alike = new Map<number, number>();
    kinds.forEach((kind, i) => {
      if (kind < 0) free |= 1 << i;
      else alike.set(kind, (alike.get(kind) ?? 0) | (1 << i));
    });
    this.free = free;
    this.alike = [...alike.values()];
  }

  /**
   * The ways to count a key that falls under the open requirements `open`, the fullest first. Where they would multiply
   * a key counts for all, for one kind, or for none: that leaves ways out, and lets nothing wrong in.
   */
  countings(open: number): readonly number[] {
    let found = this.known.get(open);
    if (found === undefined) this.known.set(open, (found = this.findCountings(open)));
    return found;
  }

  private findCountings(open: number): readonly number[] {
    const base = open & this.free;
    const groups: number[] = [];
    for (const group of this.alike) if ((group & open) !== 0) groups.push(group & open);
    if (groups.length > MAX_DISTINGUISHED) return [open, ...groups.map((group) => base | group), base];
    const found: number[] = [];
    for (let subset = (1 << groups.length) - 1; subset >= 0; subset--) {
      let bits = base;
      for (let i = 0; i < groups.length; i++) if (((subset >> i) & 1) === 1) bits |= groups[i];
      found.push(bits);
    }
    return found;
  }
}
